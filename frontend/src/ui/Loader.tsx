/** Loads what a page needs, and says so when that fails. */
import { useCallback, useEffect, useState, type ReactNode } from "react";

import { messageOf } from "../api/client";

interface Props<T> {
  load: () => Promise<T>;
  children: (loaded: T) => ReactNode;
}

type Loading<T> = { state: "busy" } | { state: "failed"; why: string } | { state: "done"; loaded: T };

/** `load` must not change between renders. */
export function Loader<T>({ load, children }: Props<T>): ReactNode {
  const [loading, setLoading] = useState<Loading<T>>({ state: "busy" });
  const begin = useCallback(() => {
    setLoading({ state: "busy" });
    load().then(
      (loaded) => setLoading({ state: "done", loaded }),
      (error: unknown) => setLoading({ state: "failed", why: messageOf(error) }),
    );
  }, [load]);
  useEffect(begin, [begin]);

  if (loading.state === "done") return children(loading.loaded);
  if (loading.state === "busy") {
    return (
      <div className="loader" role="status">
        <span className="loader__bar" aria-hidden="true" />
        <span className="visually-hidden">Loading</span>
      </div>
    );
  }
  return (
    <div className="loader" role="alert">
      <p>{loading.why}</p>
      <button type="button" className="button" onClick={begin}>
        Try again
      </button>
    </div>
  );
}
