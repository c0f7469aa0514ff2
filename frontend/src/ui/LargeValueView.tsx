/** A value that is kept outside the record: how it begins, and all of it when wanted. */
import { createContext, useContext, useState, type ReactNode } from "react";

import { api, messageOf } from "../api/client";
import type { Json } from "../graph/types";
import { bytes, type LargeValue } from "../graph/values";

/** The run whose values are shown; without one they cannot be loaded. */
const ExecutionId = createContext<string | null>(null);
export const ExecutionIdProvider = ExecutionId.Provider;

interface Props {
  large: LargeValue;
  show: (value: Json) => ReactNode;
}

export function LargeValueView({ large, show }: Props): ReactNode {
  const executionId = useContext(ExecutionId);
  const [loaded, setLoaded] = useState<{ value: Json } | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const load = async (id: string) => {
    setIsBusy(true);
    setProblem("");
    try {
      setLoaded({ value: await api.value(id, large.id) });
    } catch (error) {
      setProblem(messageOf(error));
    }
    setIsBusy(false);
  };
  if (loaded) return show(loaded.value);
  return (
    <div className="large-value" data-testid="large-value">
      <p className="large-value__preview mono">{large.preview}…</p>
      <span className="quiet">{bytes(large.size)}</span>
      {executionId !== null && (
        <button
          type="button"
          className="link-button"
          disabled={isBusy}
          onClick={() => void load(executionId)}
        >
          {isBusy ? "Loading…" : "Load"}
        </button>
      )}
      {problem && (
        <span className="form-field__error" role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}
