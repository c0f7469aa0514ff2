/** The chosen node of the run: what it did, and running again from here. */
import type { ReactNode } from "react";

import { blockFor } from "../graph/agents";
import type { Block, GraphNode, RunError } from "../graph/types";
import { FiringTable } from "../live/FiringTable";
import { GlimpseList } from "../live/GlimpseList";
import type { Run } from "../live/useRun";
import { isFinal, type NodeView } from "../live/view";
import { count, money } from "../live/words";
import { useCanvas } from "../canvas/state";
import { CopyButton } from "../ui/CopyButton";
import { Icon } from "../ui/Icon";
import { StateChip } from "../ui/StateChip";
import { linkTo } from "./address";
import { RerunForm } from "./RerunForm";
import type { Commands } from "./useCommands";
import type { Firings } from "./useFirings";

interface Props {
  node: GraphNode;
  name: string;
  run: Run;
  firings: Firings;
  commands: Commands;
  /** Open the form that changes its inputs. */
  wantsInputs: boolean;
  close: () => void;
}

export function NodePanel(props: Props): ReactNode {
  const { node, name, run, firings, commands, close } = props;
  const block = useCanvas((state) => blockFor(node, state.blocks));
  const view = run.view.nodes[node.id];
  const own = (firings.all ?? []).filter((firing) => firing.node_id === node.id);
  return (
    <aside className="run__panel" aria-label="Selected node">
      <header className="run__panel-head">
        <h2>{name}</h2>
        {view && <StateChip status={view.state} count={view.started} />}
        <span className="run__panel-space" />
        <CopyButton label="Copy a link to this node" text={() => linkTo(node.id)} />
        <button
          type="button"
          className="icon-button"
          aria-label="Close the panel"
          onClick={close}
        >
          <Icon name="close" />
        </button>
      </header>
      <div className="run__panel-body">
        {view && <Facts view={view} />}
        <GlimpseList glimpses={run.glimpses.filter((one) => one.node_id === node.id)} />
        {firings.problem && <p className="finding finding--error">{firings.problem}</p>}
        {own.length > 0 ? (
          <FiringTable firings={own} events={run.events} />
        ) : (
          <p className="quiet">{view ? "Reading what it did…" : "It has not run."}</p>
        )}
        {isFinal(run.view.status) && takesPart(block) && (
          <RerunForm
            key={`${node.id} ${props.wantsInputs}`}
            node={node}
            first={own[0]}
            commands={commands}
            startsOpen={props.wantsInputs}
          />
        )}
      </div>
    </aside>
  );
}

function takesPart(block: Block | undefined): boolean {
  return block !== undefined && block.kind !== "Note";
}

function errorText(error: RunError | null): string {
  return error ? `${error.code}: ${error.message}` : "";
}

function Facts({ view }: { view: NodeView }): ReactNode {
  const lines = [
    view.retries > 0 && `Tried again ${count(view.retries, "time")}.`,
    view.cost > 0 && `Cost ${money(view.cost)}.`,
  ].filter((line) => line !== false);
  return (
    <>
      {view.error && view.failed > 0 && (
        <p className="finding finding--error">
          <Icon name="alert" size={14} />
          <span>
            {view.error.message} <span className="quiet mono">{view.error.code}</span>
          </span>
          <CopyButton label="Copy the error" text={() => errorText(view.error)} />
        </p>
      )}
      {lines.length > 0 && <p>{lines.join(" ")}</p>}
      {view.reused > 0 && view.reused_from && (
        <p>
          {view.reused === view.started ? "It did not run: its" : "Some of its"} results are from{" "}
          <a href={`/runs/${view.reused_from}/`}>an earlier run</a>.
        </p>
      )}
      {view.child_ids.length > 0 && (
        <p>
          Its newest runs of another agent, the last one first:{" "}
          {[...view.child_ids].reverse().map((id, place) => (
            <span key={id}>
              {place > 0 && ", "}
              <a href={`/runs/${id}/`}>run {place + 1}</a>
            </span>
          ))}
          .
        </p>
      )}
    </>
  );
}
