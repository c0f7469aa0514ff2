/** Fields of settings: a number with its unit, a choice, a switch. Empty means not set. */
import { useEffect, useId, useState, type ReactNode } from "react";

interface NumberProps {
  label: string;
  help: string;
  unit?: string;
  value: number | null;
  /** Shown while nothing is set. */
  placeholder?: string;
  step?: number;
  least?: number;
  set: (value: number | undefined) => void;
}

export function NumberSetting(props: NumberProps): ReactNode {
  const { label, help, unit = "", value, placeholder = "", step = 1, least = 0, set } = props;
  const id = useId();
  const [text, setText] = useState(() => written(value));
  // Undo changes the value under the text; typing does not change what is typed.
  useEffect(() => setText((typed) => (readOf(typed) === value ? typed : written(value))), [value]);
  const change = (typed: string) => {
    setText(typed);
    const number = readOf(typed);
    if (number === null) set(undefined);
    else if (Number.isFinite(number) && number >= least) set(number);
  };
  return (
    <div className="form-field setting">
      <label htmlFor={id}>{label}</label>
      <span className="setting__number">
        <input
          id={id}
          type="number"
          min={least}
          step={step}
          aria-describedby={`${id}-about`}
          placeholder={placeholder}
          value={text}
          onChange={(event) => change(event.target.value)}
        />
        {unit && <span className="quiet">{unit}</span>}
      </span>
      <p id={`${id}-about`} className="form-field__help">
        {help}
      </p>
    </div>
  );
}

function written(value: number | null): string {
  return value === null ? "" : String(value);
}

function readOf(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}

interface ChoiceProps<V extends string> {
  label: string;
  help: string;
  value: V;
  options: readonly { value: V; label: string }[];
  set: (value: V) => void;
}

export function ChoiceSetting<V extends string>(props: ChoiceProps<V>): ReactNode {
  const { label, help, value, options, set } = props;
  const id = useId();
  return (
    <div className="form-field setting">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        aria-describedby={`${id}-about`}
        value={value}
        onChange={(event) => set(event.target.value as V)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <p id={`${id}-about`} className="form-field__help">
        {help}
      </p>
    </div>
  );
}

interface SwitchProps {
  label: string;
  help: string;
  value: boolean;
  set: (value: boolean) => void;
}

export function SwitchSetting({ label, help, value, set }: SwitchProps): ReactNode {
  const id = useId();
  return (
    <div className="form-field setting">
      <label className="switch setting__switch" htmlFor={id}>
        <input
          id={id}
          type="checkbox"
          role="switch"
          aria-describedby={`${id}-about`}
          checked={value}
          onChange={(event) => set(event.target.checked)}
        />
        <span className="switch__track" aria-hidden="true" />
        {label}
      </label>
      <p id={`${id}-about`} className="form-field__help">
        {help}
      </p>
    </div>
  );
}
