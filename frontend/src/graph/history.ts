/** Undo and redo over immutable values. */

const DEPTH = 200;
const MERGE_WITHIN_MS = 1000;

export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
  /** The kind and time of the last edit, so that typing is undone by the burst. */
  last: { key: string; at: number } | null;
}

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [], last: null };
}

/** Record `next`. Edits with the same `key` in quick succession are one step. */
export function record<T>(
  history: History<T>,
  next: T,
  now: number,
  key = "",
): History<T> {
  if (next === history.present) return history;
  const { last } = history;
  const merges =
    key !== "" && last?.key === key && now - last.at < MERGE_WITHIN_MS;
  const past = merges
    ? history.past
    : [...history.past, history.present].slice(-DEPTH);
  return { past, present: next, future: [], last: { key, at: now } };
}

export function undo<T>(history: History<T>): History<T> {
  const previous = history.past.at(-1);
  if (previous === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: previous,
    future: [history.present, ...history.future],
    last: null,
  };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return {
    past: [...history.past, history.present],
    present: next,
    future,
    last: null,
  };
}
