/** The execution as the server has it: read again when its state changes, and now and
    then while it waits, for its place in line moves without an event. */
import { useEffect, useState } from "react";

import { api } from "../api/client";
import type { Execution } from "../graph/types";
import { isFinal, type LiveView } from "../live/view";

const EVERY_MS = 4_000;

export interface Reading {
  execution: Execution;
  readAgain: () => void;
}

export function useExecution(first: Execution, view: LiveView): Reading {
  const [execution, setExecution] = useState(first);
  const [asked, ask] = useState(0);
  const status = view.seq > 0 ? view.status : execution.status;
  const waits = status === "QUEUED" || status === "WAITING";
  const isSettled = isFinal(status) && status === execution.status;

  useEffect(() => {
    if (isSettled) return;
    let isCurrent = true;
    const read = () => {
      if (document.hidden) return;
      void api.execution(first.id).then(
        (answer) => isCurrent && setExecution(answer),
        () => undefined,
      );
    };
    read();
    const timer = waits ? window.setInterval(read, EVERY_MS) : undefined;
    return () => {
      isCurrent = false;
      window.clearInterval(timer);
    };
  }, [first.id, status, waits, isSettled, asked]);
  return { execution, readAgain: () => ask((times) => times + 1) };
}
