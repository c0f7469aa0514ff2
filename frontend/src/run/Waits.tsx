/** What the run waits for, in words, with what can be done about it. */
import { useEffect, useState, type ReactNode } from "react";

import { api } from "../api/client";
import type { Execution } from "../graph/types";
import { isFinal, type LiveView, type Wait } from "../live/view";
import { openWaits, queueSentence, waitSentence, type OpenWait } from "../live/waits";
import type { NameOf } from "../live/words";
import { Icon, type IconName } from "../ui/Icon";
import { useNow } from "../ui/useNow";
import { ReviewAsk } from "./ReviewAsk";

const MOST = 4;

interface Props {
  execution: Execution;
  view: LiveView;
  isPaused: boolean;
  nameOf: NameOf;
}

export function Waits({ execution, view, isPaused, nameOf }: Props): ReactNode {
  const status = view.seq > 0 ? view.status : execution.status;
  const waits = isFinal(status) ? [] : openWaits(view);
  const [most, setMost] = useState(MOST);
  const queue = isPaused || isFinal(status) ? null : queueWords(execution, view, waits);
  if (!isPaused && !queue && waits.length === 0) return null;
  return (
    <section className="waits" aria-label="What it waits for" aria-live="polite">
      {isPaused && !isFinal(status) && (
        <Line icon="pause">Paused. What runs goes on to its end, nothing new begins.</Line>
      )}
      {queue && <Line icon="clock">{queue}</Line>}
      {waits.slice(0, most).map((open) => (
        <WaitLine key={`${open.nodeId} ${open.number}`} open={open} nameOf={nameOf} />
      ))}
      {waits.length > most && (
        <button type="button" className="link-button" onClick={() => setMost(most + 20)}>
          Show more of {waits.length.toLocaleString("en")}
        </button>
      )}
    </section>
  );
}

/** What its nodes wait for says more than that the run as a whole waits for it. */
function queueWords(
  execution: Execution,
  view: LiveView,
  waits: readonly OpenWait[],
): string | null {
  const { queue } = execution;
  if (!queue || view.status === "RUNNING") return null;
  const isOwnWait = ["paused", "review", "agent", "timer", "retry", "signal"];
  if (waits.length > 0 && isOwnWait.includes(queue.reason)) return null;
  return queueSentence(queue);
}

function Line({ icon, children }: { icon: IconName; children: ReactNode }): ReactNode {
  return (
    <div className="waits__line">
      <Icon name={icon} size={14} />
      <p>{children}</p>
    </div>
  );
}

const ICONS: Readonly<Record<Wait["reason"], IconName>> = {
  review: "person",
  agent: "ai",
  retry: "redo",
  timer: "clock",
};

function WaitLine({ open, nameOf }: { open: OpenWait; nameOf: NameOf }): ReactNode {
  const { wait, nodeId } = open;
  if (wait.reason === "review") {
    return <ReviewAsk id={wait.review_id} until={wait.until} node={nameOf(nodeId)} />;
  }
  return (
    <Line icon={ICONS[wait.reason]}>
      {wait.reason === "agent" ? (
        <ChildWords id={wait.child_id} node={nameOf(nodeId)} />
      ) : (
        <TimeWords open={open} nameOf={nameOf} />
      )}
    </Line>
  );
}

function TimeWords({ open, nameOf }: { open: OpenWait; nameOf: NameOf }): ReactNode {
  const now = useNow(true);
  return waitSentence(open, nameOf, now);
}

function ChildWords({ id, node }: { id: string; node: string }): ReactNode {
  const [name, setName] = useState<string | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void api.execution(id).then(
      (child) => isCurrent && setName(child.graph_name),
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [id]);
  return (
    <>
      {node} waits for the agent <a href={`/runs/${id}/`}>{name ?? "that it runs"}</a>.
    </>
  );
}
