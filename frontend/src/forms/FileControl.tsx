/** A file: chosen here and sent at once, or named by its address. */
import { useId, useState, type ChangeEvent, type ReactNode } from "react";

import { api, messageOf } from "../api/client";
import { fileId } from "../graph/values";
import { FileLink } from "../ui/FileLink";
import { Icon } from "../ui/Icon";
import type { ControlProps } from "./Field";

export function FileControl(props: ControlProps): ReactNode {
  const { value, fallback, set, clear } = props;
  const text = asText(value ?? fallback);
  const [state, setState] = useState<"idle" | "busy">("idle");
  const [problem, setProblem] = useState("");
  const chooser = useId();

  const send = async (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    // The same file can be chosen again after a failure.
    event.target.value = "";
    if (!file) return;
    setState("busy");
    setProblem("");
    try {
      set((await api.upload(file)).ref);
    } catch (error) {
      setProblem(`Not uploaded. ${messageOf(error)}`);
    }
    setState("idle");
  };
  return (
    <div className="file-control">
      {fileId(text) ? (
        <FileLink text={text} />
      ) : (
        <input
          id={props.id}
          type="text"
          autoComplete="off"
          placeholder={props.placeholder || "Web address, or choose a file"}
          aria-invalid={props.invalid}
          aria-describedby={props.describedBy}
          value={text.startsWith("data:") ? "(content)" : text}
          readOnly={text.startsWith("data:")}
          onChange={(event) => (event.target.value ? set(event.target.value) : clear())}
        />
      )}
      <label className="button file-control__choose" htmlFor={chooser} aria-busy={state === "busy"}>
        <Icon name="upload" size={14} />
        {state === "busy" ? "Uploading…" : "Choose a file"}
      </label>
      <input
        id={chooser}
        className="visually-hidden"
        type="file"
        disabled={state === "busy"}
        data-testid="file-chooser"
        onChange={(event) => void send(event)}
      />
      {value !== undefined && (
        <button type="button" className="link-button" onClick={clear}>
          Remove
        </button>
      )}
      {problem && (
        <p className="form-field__error" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function asText(value: ControlProps["value"]): string {
  return typeof value === "string" ? value : "";
}
