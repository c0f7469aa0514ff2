/**
 * Follows one execution over the websocket: reconnects where it left off, waits longer
 * after each failure, and asks over HTTP meanwhile, so that a blocked socket only slows.
 */
import type { Glimpse } from "./glimpses";
import type { LiveView, RunEvent } from "./view";

export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "waiting"; until: number }
  | { state: "closed"; reason: string };

export interface Follower {
  /** The number of the last event known. */
  after(): number;
  /** No more events can come. */
  isOver(): boolean;
  onEvents(events: RunEvent[]): void;
  onSnapshot(view: LiveView): void;
  /** What blocks show before it is recorded. */
  onGlimpses(glimpses: Glimpse[]): void;
  onConnection(connection: Connection): void;
  /** Events after a number, over HTTP. */
  fetchEvents(after: number): Promise<RunEvent[]>;
}

type Frame =
  | { type: "snapshot"; seq: number; view: LiveView }
  | { type: "events"; events: RunEvent[] }
  | { type: "live"; nodes: Glimpse[] }
  | { type: "error"; code: number; message: string };

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

const GIVEN_UP: Readonly<Record<number, string>> = {
  4401: "You are signed out. Sign in again to watch.",
  4404: "This run is not there, or not yours.",
};

export function delayOf(failures: number, chance: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return Math.round(full * (0.75 + chance / 2));
}

function socketUrl(id: string, after: number): string {
  const url = new URL(`/ws/executions/${id}/`, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("after", String(after));
  return url.href;
}

/** Start to follow; the answer stops it. */
export function follow(id: string, follower: Follower): () => void {
  let socket: WebSocket | null = null;
  let timer: number | undefined;
  let failures = 0;
  let stopped = false;

  const finish = (reason: string) => {
    stop();
    follower.onConnection({ state: "closed", reason });
  };

  const stop = () => {
    stopped = true;
    window.clearTimeout(timer);
    socket?.close();
  };

  const take = (events: RunEvent[]) => {
    failures = 0;
    const first = events[0];
    // A hole means that frames were lost: ask again from what is known.
    if (first && first.seq > follower.after() + 1) return socket?.close();
    follower.onEvents(events);
    if (follower.isOver()) finish("The run has ended.");
  };

  const onFrame = (frame: Frame) => {
    if (frame.type === "events") return take(frame.events);
    if (frame.type === "live") return follower.onGlimpses(frame.nodes);
    if (frame.type === "snapshot") {
      failures = 0;
      follower.onSnapshot(frame.view);
      if (follower.isOver()) finish("The run has ended.");
    } else if (GIVEN_UP[frame.code]) {
      finish(frame.message || (GIVEN_UP[frame.code] ?? ""));
    }
  };

  const retry = async (code: number) => {
    if (stopped) return;
    const reason = GIVEN_UP[code];
    if (reason) return finish(reason);
    await follower.fetchEvents(follower.after()).then(take, () => undefined);
    if (stopped) return;
    const delay = delayOf(failures++, Math.random());
    follower.onConnection({ state: "waiting", until: Date.now() + delay });
    timer = window.setTimeout(connect, delay);
  };

  const connect = () => {
    follower.onConnection({ state: "connecting" });
    socket = new WebSocket(socketUrl(id, follower.after()));
    socket.onopen = () => follower.onConnection({ state: "live" });
    socket.onmessage = (message) => onFrame(JSON.parse(String(message.data)) as Frame);
    socket.onclose = (event) => void retry(event.code);
  };

  connect();
  return stop;
}
