/** A state as icon and word; never by colour alone. */
import type { ReactNode } from "react";

import { statusWord } from "../live/words";
import { Icon, type IconName } from "./Icon";

const ICON_OF: Readonly<Record<string, IconName>> = {
  queued: "clock",
  running: "turning",
  waiting: "clock",
  completed: "check",
  failed: "cross",
  cancelled: "minus",
  timed_out: "clock",
  paused: "pause",
  reused: "reuse",
};

interface Props {
  status: string;
  /** How often, shown from the second time on. */
  count?: number;
  testId?: string;
}

export function StateChip({ status, count = 0, testId }: Props): ReactNode {
  const state = status.toLowerCase();
  return (
    <span
      className={`chip chip--${state.replace("_", "-")}`}
      data-testid={testId}
      data-status={status}
    >
      <Icon name={ICON_OF[state] ?? "minus"} size={12} />
      {statusWord(status)}
      {count > 1 && <span className="chip__count">×{count}</span>}
    </span>
  );
}
