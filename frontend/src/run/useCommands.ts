/** What can be done with a run, and what went wrong with the last try. */
import { useEffect, useState } from "react";

import { api, messageOf, type Rerun } from "../api/client";
import type { Execution } from "../graph/types";
import type { LiveView } from "../live/view";

export interface Commands {
  /** What was asked for, from the click on. */
  isPaused: boolean;
  isCancelling: boolean;
  isStarting: boolean;
  problem: string;
  togglePause(): void;
  cancel(): void;
  rerun(wanted?: Rerun): void;
}

export function useCommands(
  execution: Execution,
  view: LiveView,
  readAgain: () => void,
): Commands {
  const { id } = execution;
  const known = isPausedAsKnown(execution, view);
  const [wanted, setWanted] = useState<boolean | null>(null);
  const [isCancelling, setIsCancelling] = useState(false);
  const [isStarting, setIsStarting] = useState(false);
  const [problem, setProblem] = useState("");
  const isPaused = wanted ?? known;
  useEffect(() => setWanted(null), [known]);

  const attempt = async (action: () => Promise<unknown>, undo: () => void) => {
    setProblem("");
    try {
      await action();
      readAgain();
    } catch (error) {
      undo();
      setProblem(messageOf(error));
    }
  };
  return {
    isPaused,
    isCancelling,
    isStarting,
    problem,
    togglePause: () => {
      setWanted(!isPaused);
      const change = isPaused ? api.resume : api.pause;
      void attempt(() => change(id), () => setWanted(null));
    },
    cancel: () => {
      setIsCancelling(true);
      void attempt(() => api.cancel(id), () => setIsCancelling(false));
    },
    rerun: (how) => {
      setIsStarting(true);
      const start = async () => {
        const started = await api.rerun(id, how);
        window.location.assign(`/runs/${started.id}/`);
      };
      void attempt(start, () => setIsStarting(false));
    },
  };
}

/** A pause of what has not begun is no event. */
function isPausedAsKnown(execution: Execution, view: LiveView): boolean {
  if (view.seq > 0) return view.is_paused;
  return execution.waiting_for === "paused";
}
