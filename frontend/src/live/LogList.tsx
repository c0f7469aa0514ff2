/** Events as sentences, the newest in view. */
import { useEffect, useRef, type ReactNode } from "react";

import type { RunEvent } from "./view";
import { clock, sentence, shorten, type NameOf } from "./words";

const MOST_LINES = 500;
const LONGEST_LINE = 400;

interface Props {
  events: readonly RunEvent[];
  nameOf: NameOf;
}

export function LogList({ events, nameOf }: Props): ReactNode {
  const list = useRef<HTMLOListElement>(null);
  const lines = events.slice(-MOST_LINES);
  const hidden = events.length - lines.length;
  useEffect(() => {
    const box = list.current;
    const isNearEnd = box && box.scrollHeight - box.scrollTop - box.clientHeight < 120;
    if (isNearEnd) box.scrollTop = box.scrollHeight;
  }, [events]);
  if (events.length === 0) return <p className="quiet">Nothing has happened yet.</p>;
  return (
    <ol className="log" ref={list} aria-label="What happened">
      {hidden > 0 && (
        <li className="quiet">{hidden.toLocaleString("en")} earlier events are not shown.</li>
      )}
      {lines.map((event) => {
        const { tone, text } = sentence(event, nameOf);
        return (
          <li key={event.seq} className={`log__line log__line--${tone}`}>
            <time dateTime={new Date(event.at).toISOString()}>{clock(event.at)}</time>
            <span title={text.length > LONGEST_LINE ? shorten(text, 2000) : undefined}>
              {shorten(text, LONGEST_LINE)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
