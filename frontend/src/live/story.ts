/** What one node execution went through: its attempts, its sub-agents and what it cost. */
import type { RunError } from "../graph/types";
import type { NodeEvent, RunEvent } from "./view";

export interface Attempt {
  number: number;
  started: number;
  /** null while it goes on. */
  ended: number | null;
  error: RunError | null;
  /** When the next one begins at the earliest; null when none follows. */
  next: number | null;
}

export interface Story {
  attempts: Attempt[];
  childIds: string[];
  /** In millionths. */
  cost: number;
}

export function storyOf(events: readonly RunEvent[], nodeId: string, number: number): Story {
  const story: Story = { attempts: [], childIds: [], cost: 0 };
  for (const event of events) {
    if (!("node_id" in event)) {
      if (event.type === "execution.finished") close(story, event.at);
    } else if (event.node_id === nodeId && event.number === number) tell(story, event);
  }
  return story;
}

function tell(story: Story, event: NodeEvent): void {
  switch (event.type) {
    case "node.started":
      return begin(story, event.attempt, event.at);
    case "node.retrying":
      return close(story, event.at, event.error, event.until);
    case "node.failed":
      return close(story, event.at, event.error);
    case "node.completed":
      return close(story, event.at);
    case "node.called":
    case "node.called_within":
      story.childIds.push(event.child_id);
      return;
    case "node.child_ended":
      story.cost += event.cost;
      return;
    case "node.spent":
      story.cost += event.amount;
      return;
    default:
      return;
  }
}

/** The number of the last one again: it goes on after a wait. */
function begin(story: Story, number: number, at: number): void {
  if (story.attempts.at(-1)?.number === number) return;
  story.attempts.push({ number, started: at, ended: null, error: null, next: null });
}

function close(
  story: Story,
  at: number,
  error: RunError | null = null,
  next: number | null = null,
): void {
  const last = story.attempts.at(-1);
  if (last?.ended === null) Object.assign(last, { ended: at, error, next });
}
