/** Every node execution of the run. */
import type { ReactNode } from "react";

import { FiringTable } from "../live/FiringTable";
import type { RunEvent } from "../live/view";
import type { NameOf } from "../live/words";
import type { Firings } from "./useFirings";

interface Props {
  firings: Firings;
  events: readonly RunEvent[];
  nameOf: NameOf;
  showNode: (id: string) => void;
}

export function NodesTab({ firings, events, nameOf, showNode }: Props): ReactNode {
  const { all, problem } = firings;
  if (problem) return <p className="finding finding--error">{problem}</p>;
  if (all === null) return <p className="quiet">Reading the node executions…</p>;
  if (all.length === 0) return <p className="quiet">No node has run yet.</p>;
  return <FiringTable firings={all} events={events} nameOf={nameOf} showNode={showNode} />;
}
