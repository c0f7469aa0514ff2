/** What is being written, and how far long work is. */
import type { ReactNode } from "react";

import type { Glimpse } from "./glimpses";

interface Props {
  glimpses: readonly Glimpse[];
  /** Left out where all are of one node. */
  nameOf?: (nodeId: string) => string;
}

export function GlimpseList({ glimpses, nameOf }: Props): ReactNode {
  return glimpses.map((glimpse) => (
    <section className="glimpse" key={`${glimpse.number} ${glimpse.node_id}`} aria-live="off">
      {nameOf && <h4>{nameOf(glimpse.node_id)}</h4>}
      {glimpse.progress && <Bar {...glimpse.progress} />}
      {glimpse.text && <p className="glimpse__text">{glimpse.text}</p>}
    </section>
  ));
}

function Bar({ done, total, note }: NonNullable<Glimpse["progress"]>): ReactNode {
  const words = `${done.toLocaleString("en")} of ${total.toLocaleString("en")}`;
  return (
    <p className="glimpse__progress">
      <progress value={done} max={total || 1} aria-label={note || "Progress"} />
      <span className="quiet">{note ? `${words}, ${note}` : words}</span>
    </p>
  );
}
