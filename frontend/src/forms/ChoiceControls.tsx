/** Controls for yes or no, and for one of several. */
import type { ReactNode } from "react";

import { optionsOf } from "../graph/form";
import type { ControlProps } from "./Field";

export function SwitchControl(props: ControlProps): ReactNode {
  const isOn = (props.value ?? props.fallback) === true;
  return (
    <label className="switch">
      <input
        id={props.id}
        type="checkbox"
        role="switch"
        checked={isOn}
        aria-describedby={props.describedBy}
        onChange={(event) => props.set(event.target.checked)}
      />
      <span className="switch__track" aria-hidden="true" />
      <span>{isOn ? "Yes" : "No"}</span>
    </label>
  );
}

export function ChoiceControl(props: ControlProps): ReactNode {
  const options = optionsOf(props.schema);
  const current = props.value ?? props.fallback;
  const place = options.findIndex((option) => option === current);
  return (
    <select
      id={props.id}
      value={place}
      aria-invalid={props.invalid}
      aria-describedby={props.describedBy}
      onChange={(event) => {
        const option = options[Number(event.target.value)];
        if (option === undefined) props.clear();
        else props.set(option);
      }}
    >
      {place < 0 && (
        <option value={-1}>{current === null ? "Choose…" : String(current)}</option>
      )}
      {options.map((option, index) => (
        <option key={index} value={index}>
          {String(option)}
        </option>
      ))}
    </select>
  );
}
