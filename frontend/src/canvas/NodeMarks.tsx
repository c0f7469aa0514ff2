/** Small marks for what differs in how a node runs. */
import type { ReactNode } from "react";

import { marksOf, type Mark } from "../graph/settings";
import type { GraphNode } from "../graph/types";
import { Icon, type IconName } from "../ui/Icon";

const ICONS: Readonly<Record<Mark["kind"], IconName>> = {
  retry: "redo",
  time: "clock",
  reuse: "reuse",
  limit: "limit",
  unordered: "unordered",
};

export function NodeMarks({ node }: { node: GraphNode }): ReactNode {
  const marks = marksOf(node);
  if (marks.length === 0) return null;
  return (
    <ul className="node__marks">
      {marks.map((mark) => (
        <li key={mark.kind} title={mark.title}>
          <Icon name={ICONS[mark.kind]} size={12} />
          <span aria-hidden="true">{mark.text}</span>
          <span className="visually-hidden">{mark.title}</span>
        </li>
      ))}
    </ul>
  );
}
