/** How a node runs: when it fails, how long, how often, and what is kept of it. */
import { useState, type ReactNode } from "react";

import { ChoiceSetting, NumberSetting, SwitchSetting } from "../forms/SettingFields";
import {
  ANY_FAILURE,
  canReuse,
  FIRST_RETRY,
  marksOf,
  positive,
  retryOf,
  TRANSIENT,
  type Retry,
} from "../graph/settings";
import type { Block, GraphNode, JsonObject } from "../graph/types";
import { Icon } from "../ui/Icon";
import { useActions } from "./context";

interface Props {
  node: GraphNode;
  block: Block | undefined;
}

export function NodeSettings({ node, block }: Props): ReactNode {
  const count = marksOf(node).length;
  const [isOpen, setIsOpen] = useState(count > 0);
  const runs = block?.kind !== "Human in the loop";
  return (
    <section className="settings" aria-label="How it runs">
      <button
        type="button"
        className="fold-button"
        aria-expanded={isOpen}
        data-testid="node-settings"
        onClick={() => setIsOpen(!isOpen)}
      >
        <Icon name="chevron" size={12} /> How it runs{count > 0 && ` (${count})`}
      </button>
      {isOpen && runs && <RetrySettings node={node} />}
      {isOpen && <Limits node={node} block={block} />}
    </section>
  );
}

const TIME_LIMITS: Readonly<Record<string, string>> = {
  Standard: "Of one attempt. Time spent waiting does not count.",
  "Human in the loop": "How long the answer may take; after that the node fails.",
};

function Limits({ node, block }: Props): ReactNode {
  const { setMetadata } = useActions();
  const { timeout_s, max_parallel, cacheable, unordered } = node.metadata;
  return (
    <>
      {block && TIME_LIMITS[block.kind] && (
        <NumberSetting
          label="Time limit"
          help={TIME_LIMITS[block.kind] ?? ""}
          unit="s"
          placeholder="As the server allows"
          value={positive(timeout_s)}
          set={(value) => setMetadata(node.id, "timeout_s", value || undefined)}
        />
      )}
      <NumberSetting
        label="At most at once"
        help="How many firings of this node run at the same time."
        placeholder="No limit of its own"
        value={positive(max_parallel)}
        set={(value) => setMetadata(node.id, "max_parallel", whole(value))}
      />
      {canReuse(block) && (
        <SwitchSetting
          label="Use earlier results for the same inputs"
          help="For a week, in every run of the workspace. Runs say what they reused."
          value={cacheable === true}
          set={(value) => setMetadata(node.id, "cacheable", value || undefined)}
        />
      )}
      <SwitchSetting
        label="Outputs in any order"
        help="Each firing's outputs go on as they come, not in the order it began."
        value={unordered === true}
        set={(value) => setMetadata(node.id, "unordered", value || undefined)}
      />
    </>
  );
}

function whole(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.floor(value) || undefined;
}

function RetrySettings({ node }: { node: GraphNode }): ReactNode {
  const { setMetadata } = useActions();
  const retry = retryOf(node);
  const set = (next: Retry | null) =>
    setMetadata(node.id, "retry", next === null ? undefined : (next as unknown as JsonObject));
  return (
    <>
      <ChoiceSetting
        label="When it fails"
        help={
          retry
            ? "What must not happen twice is only tried again when it surely did not happen."
            : "The failure goes out of its error pin, or fails the run."
        }
        value={retry ? "again" : "once"}
        options={[
          { value: "once", label: "Do not try again" },
          { value: "again", label: "Try again" },
        ]}
        set={(value) => set(value === "again" ? FIRST_RETRY : null)}
      />
      {retry && <RetryFields retry={retry} change={(part) => set({ ...retry, ...part })} />}
    </>
  );
}

interface RetryProps {
  retry: Retry;
  change: (part: Partial<Retry>) => void;
}

function RetryFields({ retry, change }: RetryProps): ReactNode {
  const grows = retry.backoff === "exponential";
  return (
    <div className="settings__group">
      <NumberSetting
        label="Attempts in all"
        help="The first one counts."
        least={2}
        value={retry.max_attempts}
        set={(value) => change({ max_attempts: whole(value) ?? FIRST_RETRY.max_attempts })}
      />
      <ChoiceSetting
        label="Time between them"
        help={grows ? "Twice as long after each failure." : "Always the same."}
        value={retry.backoff}
        options={[
          { value: "exponential", label: "Longer each time" },
          { value: "fixed", label: "The same each time" },
        ]}
        set={(backoff) => change({ backoff })}
      />
      <NumberSetting
        label={grows ? "First wait" : "Wait"}
        help=""
        unit="s"
        step={0.1}
        value={retry.delay_s}
        set={(value) => change({ delay_s: value ?? FIRST_RETRY.delay_s })}
      />
      {grows && (
        <NumberSetting
          label="Longest wait"
          help=""
          unit="s"
          value={retry.max_delay_s}
          set={(value) => change({ max_delay_s: value ?? FIRST_RETRY.max_delay_s })}
        />
      )}
      <SwitchSetting
        label="Vary the wait"
        help="So that many runs do not all come back at once."
        value={retry.jitter}
        set={(jitter) => change({ jitter })}
      />
      <RetryOn retry={retry} change={change} />
    </div>
  );
}

function RetryOn({ retry, change }: RetryProps): ReactNode {
  const isAny = retry.retry_on.includes(ANY_FAILURE);
  // Nothing chosen means all of these.
  const chosen = new Set(
    retry.retry_on.length > 0 ? retry.retry_on : TRANSIENT.map((failure) => failure.code),
  );
  const toggle = (code: string) => {
    const next = new Set(chosen);
    if (!next.delete(code)) next.add(code);
    // Without any it would not be tried again at all.
    if (next.size > 0) change({ retry_on: [...next] });
  };
  return (
    <fieldset className="settings__codes">
      <legend>After which failures</legend>
      <label>
        <input
          type="checkbox"
          checked={isAny}
          onChange={() => change({ retry_on: isAny ? [] : [ANY_FAILURE] })}
        />
        Any that another attempt could change
      </label>
      {TRANSIENT.map(({ code, label }) => (
        <label key={code}>
          <input
            type="checkbox"
            disabled={isAny}
            checked={isAny || chosen.has(code)}
            onChange={() => toggle(code)}
          />
          {label} <span className="quiet mono">{code}</span>
        </label>
      ))}
    </fieldset>
  );
}
