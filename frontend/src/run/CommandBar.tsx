/** Pause, cancel, run again: the buttons of a run, and their keys. */
import { useEffect, useRef, type ReactNode } from "react";

import type { ExecutionStatus } from "../graph/types";
import { isFinal } from "../live/view";
import { Icon } from "../ui/Icon";
import { isTyping } from "../ui/typing";
import type { Commands } from "./useCommands";

interface Props {
  status: ExecutionStatus;
  commands: Commands;
}

export function CommandBar({ status, commands }: Props): ReactNode {
  return (
    <div className="headline__commands">
      {commands.problem && (
        <span className="form-field__error" role="alert">
          {commands.problem}
        </span>
      )}
      {isFinal(status) ? (
        <WhenOver status={status} commands={commands} />
      ) : (
        <WhileItGoesOn commands={commands} />
      )}
    </div>
  );
}

function WhileItGoesOn({ commands }: { commands: Commands }): ReactNode {
  const { isPaused, isCancelling } = commands;
  usePauseKey(commands.togglePause);
  return (
    <>
      <button
        type="button"
        className={isPaused ? "button button--primary" : "button"}
        data-testid="pause-run"
        title={`${isPaused ? "Resume" : "Pause"} (P)`}
        disabled={isCancelling}
        onClick={commands.togglePause}
      >
        <Icon name={isPaused ? "play" : "pause"} size={14} />
        {isPaused ? "Resume run" : "Pause run"}
      </button>
      <button
        type="button"
        className="button button--danger"
        data-testid="cancel-run"
        disabled={isCancelling}
        onClick={commands.cancel}
      >
        <Icon name="stop" size={14} /> {isCancelling ? "Cancelling…" : "Cancel run"}
      </button>
    </>
  );
}

function usePauseKey(togglePause: () => void): void {
  const toggle = useRef(togglePause);
  toggle.current = togglePause;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat);
      if (event.key === "p" && isPlain && !isTyping(event.target)) toggle.current();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

/** Where to go on instead of from the start; nothing after a run that completed. */
const GO_ON: Readonly<Partial<Record<ExecutionStatus, string>>> = {
  FAILED: "Run again from the failure",
  CANCELLED: "Run again from where it stopped",
  TIMED_OUT: "Run again from where it stopped",
};

function WhenOver({ status, commands }: Props): ReactNode {
  const goOn = GO_ON[status];
  return (
    <>
      {goOn && (
        <button
          type="button"
          className="button button--primary"
          data-testid="run-from-failure"
          title="What completed is reused"
          disabled={commands.isStarting}
          onClick={() => commands.rerun({ from: "failure" })}
        >
          <Icon name="redo" size={14} /> {goOn}
        </button>
      )}
      <button
        type="button"
        className="button"
        data-testid="run-again"
        title="All of it, with the same inputs"
        disabled={commands.isStarting}
        onClick={() => commands.rerun()}
      >
        <Icon name="play" size={14} /> Run again
      </button>
    </>
  );
}
