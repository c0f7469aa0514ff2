/** The live state of one execution for components. */
import { useEffect, useRef, useState } from "react";

import { api, MOST_EVENTS } from "../api/client";
import { emptyView, fold } from "./fold";
import { withGlimpses, withoutEnded, type Glimpse, type Glimpses } from "./glimpses";
import { follow, type Connection } from "./socket";
import { isFinal, type LiveView, type RunEvent } from "./view";

export interface Run {
  view: LiveView;
  events: readonly RunEvent[];
  connection: Connection;
  glimpses: readonly Glimpse[];
}

interface Followed {
  id: string | null;
  view: LiveView;
  events: readonly RunEvent[];
  glimpses: Glimpses;
}

const START: Connection = { state: "connecting" };

/** Follow `id`; null follows nothing. Renders at most once per animation frame. */
export function useRun(id: string | null): Run {
  const current = useRef<Followed>(fresh(id));
  const [connection, setConnection] = useState<Connection>(START);
  const [, render] = useState(0);

  useEffect(() => {
    if (id === null) return;
    const followed = fresh(id);
    current.current = followed;
    let frame = 0;
    const show = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        render((times) => times + 1);
      });
    };
    const stop = follow(id, {
      after: () => followed.view.seq,
      isOver: () => isFinal(followed.view.status),
      onEvents: (events) => {
        followed.view = fold(followed.view, events);
        followed.events = withEvents(followed.events, events);
        followed.glimpses = withoutEnded(followed.glimpses, events);
        show();
      },
      onSnapshot: (view) => {
        followed.view = view;
        followed.glimpses = {};
        show();
        void fillLog(followed).then(show);
      },
      onGlimpses: (glimpses) => {
        followed.glimpses = withGlimpses(followed.glimpses, glimpses);
        show();
      },
      onConnection: setConnection,
      fetchEvents: (after) => api.events(id, after),
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [id]);

  const shown = current.current.id === id ? current.current : fresh(id);
  const glimpses = isFinal(shown.view.status) ? [] : Object.values(shown.glimpses);
  return { view: shown.view, events: shown.events, connection, glimpses };
}

function fresh(id: string | null): Followed {
  return { id, view: emptyView(), events: [], glimpses: {} };
}

function lastSeq(events: readonly RunEvent[]): number {
  return events.at(-1)?.seq ?? 0;
}

/** The log with the events it does not hold yet; the oldest go when it is full. */
export function withEvents(
  log: readonly RunEvent[],
  events: readonly RunEvent[],
): readonly RunEvent[] {
  const last = lastSeq(log);
  const added = events.filter((event) => event.seq > last);
  if (added.length === 0) return log;
  return [...log, ...added].slice(-MOST_EVENTS);
}

/** A snapshot jumps over events the log still wants. */
async function fillLog(followed: Followed): Promise<void> {
  if (followed.id === null) return;
  const missed = await api
    .events(followed.id, lastSeq(followed.events))
    .catch((): RunEvent[] => []);
  const [first] = missed;
  if (!first) return;
  const later = followed.events.filter((event) => event.seq > lastSeq(missed));
  const before = followed.events.filter((event) => event.seq < first.seq);
  followed.events = withEvents(withEvents(before, missed), later);
}
