/** The execution as the server has it, read again when the live view says it is over. */
import { useEffect, useState } from "react";

import { api } from "../api/client";
import type { Execution, ExecutionStatus } from "../graph/types";
import { isFinal } from "../live/view";

export function useFinished(first: Execution, status: ExecutionStatus): Execution {
  const [execution, setExecution] = useState(first);
  const isStale = isFinal(status) && !isFinal(execution.status);
  useEffect(() => {
    if (!isStale) return;
    let isCurrent = true;
    void api.execution(first.id).then(
      (answer) => isCurrent && setExecution(answer),
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [isStale, first.id]);
  return execution;
}
