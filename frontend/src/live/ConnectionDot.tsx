/** How the page hears of the run: a dot, with words beside it. */
import type { ReactNode } from "react";

import type { Connection } from "./socket";

const WORDS: Readonly<Record<Connection["state"], string>> = {
  connecting: "Connecting",
  live: "Live",
  waiting: "Reconnecting",
  closed: "Not live",
};

export function ConnectionDot({ connection }: { connection: Connection }): ReactNode {
  const reason = connection.state === "closed" ? connection.reason : "";
  return (
    <span className="connection" data-state={connection.state} title={reason} role="status">
      <span className="connection__dot" aria-hidden="true" />
      {reason === "The run has ended." ? "Ended" : WORDS[connection.state]}
    </span>
  );
}
