/** The attempts of one node execution, with why each failed and when the next begins. */
import { useMemo, type ReactNode } from "react";

import type { NodeExecution } from "../graph/types";
import { useNow } from "../ui/useNow";
import { storyOf, type Attempt } from "./story";
import { countdown } from "./waits";
import type { RunEvent } from "./view";
import { clock, duration, money } from "./words";

interface Props {
  firing: NodeExecution;
  events: readonly RunEvent[];
}

export function FiringStory({ firing, events }: Props): ReactNode {
  const story = useMemo(
    () => storyOf(events, firing.node_id, firing.number),
    [events, firing.node_id, firing.number],
  );
  return (
    <>
      {firing.reused_from && (
        <p className="quiet">
          Reused from <a href={`/runs/${firing.reused_from}/`}>an earlier run</a>: it did not run.
        </p>
      )}
      {story.childIds.map((id) => (
        <p key={id}>
          It ran <a href={`/runs/${id}/`}>another agent</a>.
        </p>
      ))}
      {story.cost > 0 && <p>It cost {money(story.cost)}.</p>}
      {story.attempts.length > 1 && <Attempts attempts={story.attempts} />}
      {story.attempts.length === 1 && firing.status === "WAITING" && (
        <Attempts attempts={story.attempts} />
      )}
    </>
  );
}

function Attempts({ attempts }: { attempts: readonly Attempt[] }): ReactNode {
  return (
    <>
      <h4>Attempts</h4>
      <ol className="attempts">
        {attempts.map((attempt, place) => (
          <AttemptLine
            key={attempt.number}
            attempt={attempt}
            isLast={place === attempts.length - 1}
          />
        ))}
      </ol>
    </>
  );
}

function AttemptLine({ attempt, isLast }: { attempt: Attempt; isLast: boolean }): ReactNode {
  const { number, started, ended, error, next } = attempt;
  return (
    <li className="attempts__item" data-failed={error !== null}>
      <span className="attempts__number">{number}</span>
      <time dateTime={new Date(started).toISOString()}>{clock(started)}</time>
      <span className="attempts__took">{ended === null ? "goes on" : duration(ended - started)}</span>
      <span className="attempts__error">
        {error && (
          <>
            <strong className="mono">{error.code}</strong> {error.message}
          </>
        )}
        {isLast && next !== null && <Next at={next} />}
      </span>
    </li>
  );
}

function Next({ at }: { at: number }): ReactNode {
  const now = useNow(true);
  return (
    <span className="quiet">
      {" "}
      Again {countdown(at, now)}, at {clock(at)}.
    </span>
  );
}
