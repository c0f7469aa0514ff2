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
  /** How long it took, shown in place of the word where it went as it should. */
  took?: string | undefined;
  testId?: string;
}

export function StateChip({ status, count = 0, took, testId }: Props): ReactNode {
  const state = status.toLowerCase();
  const isBrief = took !== undefined && state === "completed";
  return (
    <span
      className={`chip chip--${state.replace("_", "-")}`}
      data-testid={testId}
      data-status={status}
    >
      <Icon name={ICON_OF[state] ?? "minus"} size={12} />
      <span className={isBrief ? "visually-hidden" : undefined}>{statusWord(status)}</span>
      {took !== undefined && <span className="chip__took">{took}</span>}
      {count > 1 && <span className="chip__count">×{count}</span>}
    </span>
  );
}
