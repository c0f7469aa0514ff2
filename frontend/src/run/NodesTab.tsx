/** Every node execution of the run, read again while it goes on. */
import { useEffect, useRef, useState, type ReactNode } from "react";

import { api, messageOf } from "../api/client";
import type { NodeExecution } from "../graph/types";
import { FiringTable } from "../live/FiringTable";
import type { NameOf } from "../live/words";

const EVERY_MS = 2_000;

interface Props {
  id: string;
  isOver: boolean;
  /** Number of the last event: nothing new is read while it stands still. */
  seq: number;
  nameOf: NameOf;
}

export function NodesTab({ id, isOver, seq, nameOf }: Props): ReactNode {
  const [firings, setFirings] = useState<readonly NodeExecution[] | null>(null);
  const [problem, setProblem] = useState("");
  const slot = useSlot(seq);
  useEffect(() => {
    let isCurrent = true;
    void api.firings(id).then(
      (found) => isCurrent && setFirings(found),
      (error: unknown) => isCurrent && setProblem(messageOf(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [id, isOver, slot]);

  if (problem) return <p className="finding finding--error">{problem}</p>;
  if (firings === null) return <p className="quiet">Reading the node executions…</p>;
  if (firings.length === 0) return <p className="quiet">No node has run yet.</p>;
  return <FiringTable firings={firings} nameOf={nameOf} />;
}

/** Follows a number at most once in a while. */
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
