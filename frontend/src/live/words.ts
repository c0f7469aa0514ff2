/** What happened, in sentences. */
import type { Json } from "../graph/types";
import { largeValue, unescaped } from "../graph/values";
import type { EventOf, LiveView, RunEvent } from "./view";

export type NameOf = (nodeId: string) => string;

export interface Sentence {
  tone: "plain" | "good" | "bad" | "wait";
  text: string;
}

/** One line for the log. */
export function sentence(event: RunEvent, nameOf: NameOf): Sentence {
  switch (event.type) {
    case "execution.started":
      return { tone: "plain", text: "The run started." };
    case "execution.paused":
      return { tone: "wait", text: "Somebody paused the run." };
    case "execution.resumed":
      return { tone: "plain", text: "Somebody resumed the run." };
    case "execution.waiting":
      return { tone: "wait", text: `The run rests: ${parked(event)}.` };
    case "execution.woken":
      return { tone: "plain", text: `The run goes on after ${duration(event.waited)}.` };
    case "execution.stalled":
      return {
        tone: "wait",
        text:
          `Nothing had happened since event ${event.since} for ` +
          `${duration(event.seconds * 1000)}: another worker takes the run over.`,
      };
    case "execution.cancel_requested":
      return { tone: "wait", text: "Somebody asked to cancel the run." };
    case "execution.time_exceeded":
      return { tone: "bad", text: `The run used up its ${duration(event.seconds * 1000)}.` };
    case "execution.finished":
      return finished(event);
    case "node.started":
      return { tone: "plain", text: started(event, nameOf) };
    case "node.emitted":
      return {
        tone: "plain",
        text: `${nameOf(event.node_id)} sent ${event.pin}: ${preview(event.value)}`,
      };
    case "node.waiting":
      return {
        tone: "wait",
        text: `${nameOf(event.node_id)} waits until ${clock(event.until)}.`,
      };
    case "node.reused":
      return {
        tone: "plain",
        text: `${nameOf(event.node_id)} reuses the result of an earlier run.`,
      };
    case "node.retrying":
      return { tone: "wait", text: retrying(event, nameOf) };
    case "node.asked":
      return { tone: "wait", text: `${nameOf(event.node_id)} ${ASKED[event.purpose]}.` };
    case "node.answered": {
      const answer = event.approved ? "yes" : "no";
      return { tone: "plain", text: `A person said ${answer} to ${nameOf(event.node_id)}.` };
    }
    case "node.called":
    case "node.called_within":
      return { tone: "wait", text: `${nameOf(event.node_id)} runs another agent.` };
    case "node.child_ended": {
      const word = statusWord(event.status).toLowerCase();
      return {
        tone: event.status === "COMPLETED" ? "plain" : "bad",
        text: `The agent that ${nameOf(event.node_id)} ran ended: ${word}.`,
      };
    }
    case "node.spent":
      return {
        tone: "plain",
        text: `${nameOf(event.node_id)} spent ${money(event.amount)}.`,
      };
    case "node.completed":
      return { tone: "good", text: `${nameOf(event.node_id)} completed.` };
    case "node.failed":
      return { tone: "bad", text: failed(event, nameOf) };
    default:
      return { tone: "plain", text: "Something this page does not know happened." };
  }
}

function started(event: EventOf<"node.started">, nameOf: NameOf): string {
  const attempt = event.attempt > 1 ? `, attempt ${event.attempt}` : "";
  return `${nameOf(event.node_id)} started (firing ${event.number}${attempt}).`;
}

const ASKED: Readonly<Record<EventOf<"node.asked">["purpose"], string>> = {
  review: "waits for a person",
  outcome: "lost an attempt and asks a person whether to try again",
};

const PARKED: Readonly<Record<string, string>> = {
  paused: "it is paused",
  review: "it waits for a person",
  agent: "it waits for another agent",
  retry: "it waits before it tries a node again",
  timer: "it waits for a time",
};

function parked({ reason, until }: EventOf<"execution.waiting">): string {
  const words = PARKED[reason] ?? "it waits";
  return until === null ? words : `${words}, until ${clock(until)}`;
}

function retrying(event: EventOf<"node.retrying">, nameOf: NameOf): string {
  const again = `It is tried again at ${clock(event.until)}.`;
  const failed = `attempt ${event.attempt} failed: ${stop(event.error.message)}`;
  return `${nameOf(event.node_id)}, ${failed} ${again}`;
}

function failed(event: EventOf<"node.failed">, nameOf: NameOf): string {
  const handled = event.handled ? " The error pin took it." : "";
  return `${nameOf(event.node_id)} failed: ${event.error.message}${handled}`;
}

function finished(event: EventOf<"execution.finished">): Sentence {
  const reason = event.error ? ` ${event.error.message}` : "";
  const word = statusWord(event.status).toLowerCase();
  const tone = END_TONES[event.status] ?? "bad";
  return { tone, text: `The run ended: ${word}.${reason}` };
}

/** A run that was cancelled did what was asked of it. */
const END_TONES: Readonly<Record<string, Sentence["tone"]>> = {
  COMPLETED: "good",
  CANCELLED: "plain",
};

const STATUS_WORDS: Readonly<Record<string, string>> = {
  queued: "Queued",
  running: "Running",
  waiting: "Waiting",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
  timed_out: "Timed out",
  idle: "Not run",
  paused: "Paused",
  reused: "Reused",
};

export function statusWord(status: string): string {
  return STATUS_WORDS[status.toLowerCase()] ?? status;
}

/** The whole run in one or two plain sentences. */
export function summary(view: LiveView, nodeIds: readonly string[], nameOf: NameOf): string {
  const done = nodeIds.filter((id) => view.nodes[id]?.state === "completed").length;
  const progress = `${done.toLocaleString("en")} of ${count(nodeIds.length, "node")} done`;
  switch (view.status) {
    case "QUEUED":
      return "It has not begun yet.";
    case "RUNNING":
    case "WAITING":
      return `${view.is_paused ? "Paused." : activity(view, nameOf)} ${progress}.`;
    case "COMPLETED":
      return `Everything that could run has run. ${progress}${reused(view, nodeIds)}.`;
    case "CANCELLED":
      return `Cancelled before it came to rest. ${progress}.`;
    case "TIMED_OUT":
      return `It took longer than its time limit. ${progress}.`;
    case "FAILED":
      return `${cause(view, nodeIds, nameOf)} ${progress}${reused(view, nodeIds)}.`;
  }
}

function reused(view: LiveView, nodeIds: readonly string[]): string {
  const found = nodeIds.filter((id) => (view.nodes[id]?.reused ?? 0) > 0).length;
  return found > 0 ? `, ${found} of them from an earlier run` : "";
}

function activity(view: LiveView, nameOf: NameOf): string {
  const busy = Object.entries(view.nodes).filter(([, node]) => node.active > 0);
  const [first, ...more] = busy;
  if (!first) return "Between two nodes.";
  const verb = first[1].state === "waiting" ? "Waiting in" : "Working on";
  const others = more.length > 0 ? ` and ${count(more.length, "other node")}` : "";
  return `${verb} ${nameOf(first[0])}${others}.`;
}

function cause(view: LiveView, nodeIds: readonly string[], nameOf: NameOf): string {
  const failedId = nodeIds.find((id) => view.nodes[id]?.state === "failed");
  const error = view.error ?? (failedId ? view.nodes[failedId]?.error : null);
  const where = failedId ? `Failed at ${nameOf(failedId)}` : "Failed";
  return error ? `${where}: ${stop(shorten(error.message, 200))}` : `${where}.`;
}

export function stop(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

const CURRENCY_UNIT = 1_000_000;

/** An amount in millionths, to as many places as it needs. */
export function money(amount: number): string {
  const units = amount / CURRENCY_UNIT;
  return units.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 6 });
}

export function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

const PREVIEW_LENGTH = 120;

/** A value on one short line. */
export function preview(value: Json | undefined, length = PREVIEW_LENGTH): string {
  if (value === undefined) return "";
  const plain = largeValue(value)?.preview ?? unescaped(value);
  const text = typeof plain === "string" ? plain : compact(plain, length);
  return shorten(text.slice(0, length * 2).replace(/\s+/g, " "), length);
}

/** JSON text, cut short before a huge value is written out whole. */
function compact(value: Json, length: number): string {
  if (Array.isArray(value)) {
    if (value.length <= 20) return JSON.stringify(value);
    const head = value.slice(0, 20).map((item) => compact(item, length));
    return `[${head.join(",")},… ${value.length} items]`;
  }
  return JSON.stringify(value);
}

export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString("en-GB", { hour12: false });
}

/** `840 ms`, `3.2 s`, `2 min 5 s`, `1 h 4 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
