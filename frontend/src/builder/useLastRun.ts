/** Follows the builder's last run and puts what it shows into the store. */
import { useEffect, useState } from "react";

import { api } from "../api/client";
import type { Execution } from "../graph/types";
import { timesOf } from "../live/busy";
import { useRun, type Run } from "../live/useRun";
import { isFinal } from "../live/view";
import { useBuilderState, useBuilderStore } from "./context";

const FIRINGS_EVERY_MS = 2_000;

export function useLastRun(): { run: Run; execution: Execution | null } {
  const store = useBuilderStore();
  const id = useBuilderState((state) => state.executionId);
  const run = useRun(id);
  const [execution, setExecution] = useState<Execution | null>(null);
  const isOver = isFinal(run.view.status);

  useEffect(() => {
    const { view, events } = run;
    store.set({ live: view, events, ...timesOf(view, events) });
  }, [store, run.view, run.events]);

  useEffect(() => setExecution(null), [id]);

  useEffect(() => {
    if (id === null || !isOver) return;
    let isCurrent = true;
    void api.execution(id).then(
      (answer) => isCurrent && setExecution(answer),
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [id, isOver]);

  useFirings(id, isOver);
  return { run, execution: execution?.id === id ? execution : null };
}

/** The values of each node execution, read again now and then while the run goes on. */
function useFirings(id: string | null, isOver: boolean): void {
  const store = useBuilderStore();
  const isWanted = useBuilderState((state) => state.open.panel && state.panelTab === "data");
  useEffect(() => {
    if (id === null || !isWanted) return;
    const read = () =>
      void api.firings(id).then(
        (firings) => store.get().executionId === id && store.set({ firings }),
        () => undefined,
      );
    read();
    if (isOver) return;
    const timer = window.setInterval(read, FIRINGS_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [store, id, isOver, isWanted]);
}
