/** Chooses among the credentials of the workspace that the pin takes. */
import { useEffect, useState, type ReactNode } from "react";

import { api } from "../api/client";
import {
  chosenId,
  credentialWish,
  fits,
  providerName,
  providerWords,
  reference,
  type Credential,
} from "../graph/credentials";
import type { ControlProps } from "./Field";

const ADD = "/account/credentials/new/";

export function CredentialControl(props: ControlProps): ReactNode {
  const { schema, value, set, clear } = props;
  const all = useCredentials();
  const wish = credentialWish(schema);
  if (!wish) return null;
  const fitting = (all ?? []).filter((one) => fits(one, wish));
  const chosen = chosenId(value);
  const isGone = chosen !== "" && all !== null && !fitting.some(({ id }) => id === chosen);
  const choose = (id: string) => {
    const found = fitting.find((one) => one.id === id);
    if (found) set(reference(found));
    else clear();
  };
  return (
    <div className="credential-control">
      <select
        id={props.id}
        aria-invalid={props.invalid || isGone}
        aria-describedby={props.describedBy}
        value={chosen}
        disabled={all === null}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="">{emptyWords(all, fitting)}</option>
        {isGone && <option value={chosen}>One that is not here</option>}
        {fitting.map((one) => (
          <option key={one.id} value={one.id}>
            {one.title || providerName(one.provider)} · {providerName(one.provider)}
          </option>
        ))}
      </select>
      <a className="link-button" href={ADD} target="_blank" rel="noopener">
        Add a credential
      </a>
      <span className="form-field__help">For {providerWords(wish.providers)}.</span>
    </div>
  );
}

function emptyWords(all: readonly Credential[] | null, fitting: readonly Credential[]): string {
  if (all === null) return "Reading…";
  return fitting.length > 0 ? "None chosen" : "None that fits yet";
}

/** Read again whenever the person comes back, who may have added one in another tab. */
function useCredentials(): readonly Credential[] | null {
  const [all, setAll] = useState<readonly Credential[] | null>(null);
  useEffect(() => {
    let isCurrent = true;
    const read = () =>
      void api.credentials().then(
        (found) => isCurrent && setAll(found),
        () => isCurrent && setAll((before) => before ?? []),
      );
    read();
    window.addEventListener("focus", read);
    return () => {
      isCurrent = false;
      window.removeEventListener("focus", read);
    };
  }, []);
  return all;
}
