/** The node executions of the run, read again while it goes on. */
import { useEffect, useRef, useState } from "react";

import { api, messageOf } from "../api/client";
import type { NodeExecution } from "../graph/types";
import type { LiveView } from "../live/view";
import { isFinal } from "../live/view";

const EVERY_MS = 2_000;

export interface Firings {
  /** null until they are read. */
  all: readonly NodeExecution[] | null;
  problem: string;
}

export function useFirings(id: string, view: LiveView, isWanted: boolean): Firings {
  const [firings, setFirings] = useState<Firings>({ all: null, problem: "" });
  const isOver = isFinal(view.status);
  const slot = useSlot(view.seq);
  useEffect(() => {
    if (!isWanted) return;
    let isCurrent = true;
    void api.firings(id).then(
      (all) => isCurrent && setFirings({ all, problem: "" }),
      (error: unknown) =>
        isCurrent && setFirings(({ all }) => ({ all, problem: messageOf(error) })),
    );
    return () => {
      isCurrent = false;
    };
  }, [id, isOver, slot, isWanted]);
  return firings;
}

/** Follows a number at most once in a while: nothing new is read while it stands still. */
function useSlot(seq: number): number {
  const [slot, setSlot] = useState(seq);
  const latest = useRef(seq);
  latest.current = seq;
  const isBehind = slot !== seq;
  useEffect(() => {
    if (!isBehind) return;
    const timer = window.setTimeout(() => setSlot(latest.current), EVERY_MS);
    return () => window.clearTimeout(timer);
  }, [isBehind]);
  return slot;
}
