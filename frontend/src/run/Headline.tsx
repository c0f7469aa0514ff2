/** Which run this is, how it stands, and what happened in one sentence. */
import { useEffect, useState, type ReactNode } from "react";

import { api, messageOf } from "../api/client";
import type { Execution } from "../graph/types";
import { ConnectionDot } from "../live/ConnectionDot";
import type { Run } from "../live/useRun";
import { isFinal, type LiveView } from "../live/view";
import { duration, summary, type NameOf } from "../live/words";
import { Icon } from "../ui/Icon";
import { StateChip } from "../ui/StateChip";

interface Props {
  execution: Execution;
  run: Run;
  nodeIds: readonly string[];
  nameOf: NameOf;
}

export function Headline({ execution, run, nodeIds, nameOf }: Props): ReactNode {
  const view = withKnown(run.view, execution);
  const version = execution.version === null ? "Draft" : `Version ${execution.version}`;
  const isOver = isFinal(view.status);
  return (
    <header className="headline">
      <div className="headline__top">
        <StateChip status={view.status} testId="run-status" />
        <h1>
          <a href={`/agents/${execution.graph_id}/`}>{execution.graph_name}</a>
        </h1>
        {!isOver && <ConnectionDot connection={run.connection} />}
        <span className="headline__space" />
        <Commands execution={execution} isOver={isOver} />
      </div>
      <p className="headline__sentence">{summary(view, nodeIds, nameOf)}</p>
      <dl className="headline__facts">
        <Fact name="Ran" value={version} />
        <Fact name="Started" value={<Started view={view} />} />
        <Fact name="Took" value={<Took view={view} />} />
        <Fact name="Node executions" value={firings(view, execution).toLocaleString("en")} />
        <Fact name="Nodes" value={nodeIds.length.toLocaleString("en")} />
      </dl>
    </header>
  );
}

/** Before the first event arrives the server's word on the run stands. */
function withKnown(view: LiveView, execution: Execution): LiveView {
  if (view.seq > 0) return view;
  const started = execution.started_at ? Date.parse(execution.started_at) : null;
  const ended = execution.ended_at ? Date.parse(execution.ended_at) : null;
  return { ...view, status: execution.status, started_at: started, ended_at: ended };
}

function firings(view: LiveView, execution: Execution): number {
  const seen = Object.values(view.nodes).reduce((sum, node) => sum + node.started, 0);
  return Math.max(seen, execution.node_executions);
}

function Fact({ name, value }: { name: string; value: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Started({ view }: { view: LiveView }): ReactNode {
  if (view.started_at === null) return "not yet";
  const date = new Date(view.started_at);
  return (
    <time dateTime={date.toISOString()} title={date.toISOString()}>
      {date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" })}
    </time>
  );
}

const TICK_MS = 250;

function Took({ view }: { view: LiveView }): ReactNode {
  const [now, setNow] = useState(Date.now);
  const isTicking = view.started_at !== null && view.ended_at === null;
  useEffect(() => {
    if (!isTicking) return;
    const timer = window.setInterval(() => setNow(Date.now()), TICK_MS);
    return () => window.clearInterval(timer);
  }, [isTicking]);
  if (view.started_at === null) return "–";
  return duration((view.ended_at ?? now) - view.started_at);
}

function Commands({ execution, isOver }: { execution: Execution; isOver: boolean }): ReactNode {
  const [problem, setProblem] = useState("");
  const attempt = (action: Promise<unknown>) => {
    setProblem("");
    action.catch((error: unknown) => setProblem(messageOf(error)));
  };
  const again = async () => {
    const { graph_id, inputs, version } = execution;
    const { id } = await api.run(graph_id, inputs, version ?? "draft");
    window.location.assign(`/runs/${id}/`);
  };
  return (
    <div className="headline__commands">
      {problem && (
        <span className="form-field__error" role="alert">
          {problem}
        </span>
      )}
      {!isOver && (
        <button
          type="button"
          className="button button--danger"
          data-testid="cancel-run"
          onClick={() => attempt(api.cancel(execution.id))}
        >
          <Icon name="stop" size={14} /> Cancel run
        </button>
      )}
      <button
        type="button"
        className="button"
        data-testid="run-again"
        onClick={() => attempt(again())}
      >
        <Icon name="play" size={14} /> Run again
      </button>
    </div>
  );
}
