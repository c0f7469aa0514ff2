/** The inputs of a run, as the agent declares them. */
import { useState, type FormEvent, type ReactNode } from "react";

import { missingValues, runFields, runInputs, type RunField } from "../graph/form";
import type { JsonObject, ObjectSchema } from "../graph/types";
import { Icon } from "../ui/Icon";
import { Field } from "./Field";

interface Props {
  schema: ObjectSchema;
  isBusy: boolean;
  problem: string;
  run: (inputs: JsonObject) => void;
}

export function RunForm({ schema, isBusy, problem, run }: Props): ReactNode {
  const fields = runFields(schema);
  const [values, setValues] = useState<JsonObject>({});
  const [missing, setMissing] = useState<Record<string, string>>({});
  const [isUnfolded, setIsUnfolded] = useState(false);
  const advanced = fields.filter((field) => field.advanced).length;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const problems = missingValues(fields, values);
    setMissing(problems);
    if (Object.keys(problems).length === 0) run(runInputs(fields, values));
  };
  const change = (name: string, value: JsonObject[string] | undefined) => {
    setMissing(({ [name]: _solved, ...rest }) => rest);
    setValues(({ [name]: _old, ...rest }) =>
      value === undefined ? rest : { ...rest, [name]: value },
    );
  };
  return (
    <form className="run-form" data-testid="run-form" noValidate onSubmit={submit}>
      {fields.length === 0 && <p className="quiet">This agent takes no input.</p>}
      <div className="run-form__fields">
        {fields
          .filter((field) => isUnfolded || !field.advanced)
          .map((field) => (
            <InputField
              key={field.name}
              field={field}
              value={values[field.name]}
              error={missing[field.name] ?? ""}
              change={(value) => change(field.name, value)}
            />
          ))}
      </div>
      {advanced > 0 && !isUnfolded && (
        <button type="button" className="fold-button" onClick={() => setIsUnfolded(true)}>
          <Icon name="chevron" size={12} /> Advanced ({advanced})
        </button>
      )}
      {problem && (
        <p className="form-field__error" role="alert">
          {problem}
        </p>
      )}
      <button
        type="submit"
        className="button button--primary"
        data-testid="run-submit"
        disabled={isBusy}
      >
        <Icon name="play" size={14} />
        {isBusy ? "Starting…" : "Run agent"}
      </button>
    </form>
  );
}

/** To the first field, else the button: a run can be started without the mouse. */
export function focusRunForm(): void {
  const first = '[data-testid="run-form"] :is(input, textarea, select, button)';
  requestAnimationFrame(() => document.querySelector<HTMLElement>(first)?.focus());
}

interface InputFieldProps {
  field: RunField;
  value: JsonObject[string] | undefined;
  error: string;
  change: (value: JsonObject[string] | undefined) => void;
}

function InputField({ field, value, error, change }: InputFieldProps): ReactNode {
  return (
    <div data-input={field.name}>
      <Field
        label={field.title}
        help={field.description}
        error={error}
        schema={field.schema}
        secret={field.secret}
        required={field.required}
        value={value}
        fallback={field.default ?? null}
        set={change}
        clear={() => change(undefined)}
      />
    </div>
  );
}
