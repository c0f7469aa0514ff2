/** The time, told again and again while it matters. */
import { useEffect, useState } from "react";

export function useNow(isTicking: boolean, everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isTicking) return;
    const tick = () => setNow(Date.now());
    tick();
    const timer = window.setInterval(tick, everyMs);
    return () => window.clearInterval(timer);
  }, [isTicking, everyMs]);
  return now;
}
