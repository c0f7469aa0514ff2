/** A node of the graph: head, pins, and what is wrong with it. */
import { useStore, type NodeProps } from "@xyflow/react";
import { memo, useMemo, type ReactNode } from "react";

import { blockFor } from "../graph/agents";
import { nodeTitle, spacedName, tintOf } from "../graph/names";
import { nodePins, NO_LINKS } from "../graph/pins";
import type { Block, Finding, GraphNode } from "../graph/types";
import { isFinal, type NodeView, type Wait } from "../live/view";
import { shortWait, waitOfNode } from "../live/waits";
import { duration, shorten } from "../live/words";
import { Icon } from "../ui/Icon";
import { StateChip } from "../ui/StateChip";
import { useNow } from "../ui/useNow";
import type { FlowNode } from "./flow";
import { NodeMarks } from "./NodeMarks";
import { NodeName } from "./NodeName";
import { InputRows, OutputRows, type Nearness } from "./PinRows";
import { extraPinsOf, NO_FINDINGS, useCanvas, useEdits } from "./state";

export const FAR_ZOOM = 0.5;
const TINY_ZOOM = 0.25;

function zoomLevel(zoom: number): Nearness {
  if (zoom >= FAR_ZOOM) return "near";
  return zoom >= TINY_ZOOM ? "far" : "tiny";
}

export const BlockNode = memo(function BlockNode(props: NodeProps<FlowNode>): ReactNode {
  const { id, data, selected } = props;
  const { node } = data;
  const block = useCanvas((state) => blockFor(node, state.blocks));
  const live = useCanvas((state) => state.live.nodes[id]);
  const neverRan = useCanvas((state) => isFinal(state.live.status) && !live);
  const findings = useCanvas((state) => state.findingsOf.get(id) ?? NO_FINDINGS);
  const isSlowest = useCanvas((state) => state.slowest === id);
  const level = useStore((flow) => zoomLevel(flow.transform[2]));
  const title = nodeTitle(node, block);
  const state = live?.state ?? "idle";
  const wait = waitOfNode(live);
  return (
    <div
      className={`node tint--${tintOf(block)} node--${level}`}
      data-testid={`node-${id}`}
      data-state={state}
      data-selected={selected}
      data-unknown={!block}
      data-unfired={neverRan}
      data-reused={isReused(live)}
      data-slowest={isSlowest}
      title={neverRan ? "It did not run: not every linked pin got a value." : undefined}
    >
      <Head id={id} title={title} block={block} live={live} />
      <Pins node={node} block={block} nearness={level} />
      <NodeMarks node={node} />
      {wait ? <WaitLine wait={wait} /> : <Trouble id={id} findings={findings} live={live} />}
      {level !== "near" && (
        <div className="node__label" aria-hidden="true">
          {level === "far" && title}
        </div>
      )}
    </div>
  );
});

interface HeadProps {
  id: string;
  title: string;
  block: Block | undefined;
  live: NodeView | undefined;
}

function Head({ id, title, block, live }: HeadProps): ReactNode {
  const took = useCanvas((state) => state.took.get(id));
  return (
    <header className="node__head">
      <span className="node__icon" title={block ? spacedName(block.name) : "Unknown block"}>
        <Icon name={block ? tintOf(block) : "unknown"} />
      </span>
      <NodeName id={id} title={title} />
      {live && live.state !== "idle" && (
        <StateChip
          status={isReused(live) ? "reused" : live.state}
          count={live.started}
          took={took === undefined || isReused(live) ? undefined : duration(took)}
        />
      )}
    </header>
  );
}

/** All it gave comes from an earlier run. */
function isReused(live: NodeView | undefined): boolean {
  return live?.state === "completed" && live.reused > 0 && live.reused === live.started;
}

/** What it waits for, in the place of what is wrong with it. */
function WaitLine({ wait }: { wait: Wait }): ReactNode {
  const now = useNow("until" in wait && wait.until !== null);
  const text = shortWait(wait, now);
  return (
    <div className="node__wait" title={shorten(text, 500)}>
      <Icon name={wait.reason === "review" ? "person" : "clock"} size={12} />
      <span>{shorten(text, 160)}</span>
    </div>
  );
}

interface PinsProps {
  node: GraphNode;
  block: Block | undefined;
  nearness: Nearness;
}

function Pins({ node, block, nearness }: PinsProps): ReactNode {
  const links = useCanvas((state) => state.linksOf.get(node.id) ?? NO_LINKS);
  const extraInputs = useCanvas((state) => extraPinsOf(state, node.id, "input"));
  const extraOutputs = useCanvas((state) => extraPinsOf(state, node.id, "output"));
  const unfolded = useCanvas((state) => state.unfolded.has(node.id));
  const edits = useEdits();
  const pins = useMemo(
    () => nodePins(node, block, links, { extraInputs, extraOutputs, unfolded }),
    [node, block, links, extraInputs, extraOutputs, unfolded],
  );
  const label = unfolded ? "Fold advanced" : `${pins.folded} advanced`;
  return (
    <div className="node__pins">
      {!block && (
        <p className="node__unknown">Block {shorten(node.block_id, 13)} is not installed</p>
      )}
      <InputRows nodeId={node.id} rows={pins.inputs} nearness={nearness} />
      {edits && (pins.folded > 0 || unfolded) && (
        <button
          type="button"
          className="node__fold nodrag"
          aria-label={label}
          aria-expanded={unfolded}
          onClick={() => edits.toggleFold(node.id)}
        >
          {nearness === "near" && label}
        </button>
      )}
      <div className="node__outputs">
        <OutputRows nodeId={node.id} rows={pins.outputs} nearness={nearness} />
      </div>
    </div>
  );
}

interface TroubleProps {
  id: string;
  findings: readonly Finding[];
  live: NodeView | undefined;
}

/** One line: the failure of the last run, else the worst finding. */
function Trouble({ id, findings, live }: TroubleProps): ReactNode {
  const edits = useEdits();
  const failure = live?.state === "failed" ? live.error : null;
  const finding =
    findings.find((item) => item.severity === "error") ??
    findings.find((item) => item.severity === "warning");
  const text = failure?.message ?? finding?.message;
  if (!text) return null;
  const tone = failure || finding?.severity === "error" ? "error" : "warning";
  return (
    <button
      type="button"
      className={`node__trouble node__trouble--${tone} nodrag`}
      title={shorten(text, 500)}
      onClick={() => edits?.configure(id)}
    >
      <Icon name="alert" size={12} />
      <span>{shorten(text, 160)}</span>
    </button>
  );
}
