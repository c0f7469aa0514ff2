/** Which run this is, how it stands, and what happened in one sentence. */
import type { ReactNode } from "react";

import { useCanvas } from "../canvas/state";
import type { Execution } from "../graph/types";
import { ConnectionDot } from "../live/ConnectionDot";
import type { Run } from "../live/useRun";
import { isFinal, type LiveView } from "../live/view";
import { duration, money, summary, type NameOf } from "../live/words";
import { Icon } from "../ui/Icon";
import { mayShare } from "../ui/rights";
import { StateChip } from "../ui/StateChip";
import { useNow } from "../ui/useNow";
import { CommandBar } from "./CommandBar";
import type { Commands } from "./useCommands";

interface Props {
  execution: Execution;
  run: Run;
  commands: Commands;
  nodeIds: readonly string[];
  nameOf: NameOf;
  showNode: (id: string) => void;
}

export function Headline(props: Props): ReactNode {
  const { execution, run, commands, nodeIds, nameOf, showNode } = props;
  const view = withKnown(run.view, execution);
  const isOver = isFinal(view.status);
  const isAtRest = commands.isPaused && view.status !== "RUNNING" && !isOver;
  return (
    <header className="headline">
      <div className="headline__top">
        <StateChip status={isAtRest ? "PAUSED" : view.status} testId="run-status" />
        <h1>
          <a href={`/agents/${execution.graph_id}/`}>{execution.graph_name}</a>
        </h1>
        {!isOver && <ConnectionDot connection={run.connection} />}
        <span className="headline__space" />
        {mayShare() && (
          <a
            className="icon-button"
            href={`/runs/${execution.id}/shares/`}
            aria-label="Share the run"
            title="Share the run"
          >
            <Icon name="person" />
          </a>
        )}
        <CommandBar status={view.status} commands={commands} />
      </div>
      <p className="headline__sentence">
        {summary(view, nodeIds, nameOf)} <Pointers {...{ view, nodeIds, nameOf, showNode }} />
      </p>
      <Facts execution={execution} view={view} nodes={nodeIds.length} />
    </header>
  );
}

type PointersProps = Pick<Props, "nodeIds" | "nameOf" | "showNode"> & { view: LiveView };

/** Where to look: what failed, and what took the time. */
function Pointers({ view, nodeIds, nameOf, showNode }: PointersProps): ReactNode {
  const slowest = useCanvas((state) => state.slowest);
  const took = useCanvas((state) => state.took);
  const failed = nodeIds.find((id) => view.nodes[id]?.state === "failed");
  return (
    <>
      {failed && (
        <button type="button" className="link-button" onClick={() => showNode(failed)}>
          Show {nameOf(failed)}
        </button>
      )}
      {slowest && slowest !== failed && (
        <button type="button" className="link-button" onClick={() => showNode(slowest)}>
          Slowest: {nameOf(slowest)}, {duration(took.get(slowest) ?? 0)}
        </button>
      )}
    </>
  );
}

/** Before the first event arrives the server's word on the run stands. */
function withKnown(view: LiveView, execution: Execution): LiveView {
  if (view.seq > 0) return view;
  const started = execution.started_at ? Date.parse(execution.started_at) : null;
  const ended = execution.ended_at ? Date.parse(execution.ended_at) : null;
  return { ...view, status: execution.status, started_at: started, ended_at: ended };
}

interface FactsProps {
  execution: Execution;
  view: LiveView;
  nodes: number;
}

function Facts({ execution, view, nodes }: FactsProps): ReactNode {
  const version = execution.version === null ? "Draft" : `Version ${execution.version}`;
  const retries = Object.values(view.nodes).reduce((sum, node) => sum + node.retries, 0);
  const cost = Math.max(view.cost, execution.cost);
  return (
    <dl className="headline__facts">
      <Fact name="Ran" value={version} />
      <Fact name="Trigger" value={<TriggerWords execution={execution} />} />
      <Fact name="Started" value={<Started view={view} />} />
      <Fact name="Took" value={<Took view={settled(view, execution)} />} />
      <Fact name="Node executions" value={firings(view, execution).toLocaleString("en")} />
      <Fact name="Nodes" value={nodes.toLocaleString("en")} />
      {retries > 0 && <Fact name="Tried again" value={times(retries)} />}
      {cost > 0 && <Fact name="Cost" value={money(cost)} />}
    </dl>
  );
}

/** Once all is written the server's times stand, which the list of runs shows as well. */
function settled(view: LiveView, { started_at, ended_at }: Execution): LiveView {
  if (!isFinal(view.status) || !started_at || !ended_at) return view;
  return { ...view, started_at: Date.parse(started_at), ended_at: Date.parse(ended_at) };
}

function times(number: number): string {
  return number === 1 ? "once" : `${number.toLocaleString("en")} times`;
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

function TriggerWords({ execution }: { execution: Execution }): ReactNode {
  const { trigger, parent_id, rerun_of_id } = execution;
  switch (trigger) {
    case "agent":
      return <Origin what="Sub-agent of" id={parent_id} words="another run" />;
    case "rerun":
      return <Origin what="Re-run of" id={rerun_of_id} words="an earlier run" />;
    case "schedule":
      return <Cause what="Schedule" folder="schedules" execution={execution} />;
    case "hook":
      return <Cause what="Webhook" folder="hooks" execution={execution} />;
    case "api":
      return "By hand or API";
  }
}

interface CauseProps {
  what: string;
  folder: string;
  execution: Execution;
}

function Cause({ what, folder, execution }: CauseProps): ReactNode {
  const { started_by } = execution;
  if (!started_by) return what;
  return (
    <>
      {what} <a href={`/triggers/${folder}/${started_by.id}/`}>{started_by.name}</a>
    </>
  );
}

interface OriginProps {
  what: string;
  /** null once it was deleted. */
  id: string | null;
  words: string;
}

function Origin({ what, id, words }: OriginProps): ReactNode {
  return (
    <>
      {what} {id ? <a href={`/runs/${id}/`}>{words}</a> : words}
    </>
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
  const now = useNow(view.started_at !== null && view.ended_at === null, TICK_MS);
  if (view.started_at === null) return "–";
  return duration((view.ended_at ?? now) - view.started_at);
}
