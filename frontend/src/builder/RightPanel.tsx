/** The panel of the selected node. */
import type { ReactNode } from "react";

import { blockFor } from "../graph/agents";
import type { Block, GraphNode } from "../graph/types";
import { FiringTable } from "../live/FiringTable";
import { Icon } from "../ui/Icon";
import { Tabs } from "../ui/Tabs";
import { ConfigurePanel } from "./ConfigurePanel";
import { useActions, useBuilderState } from "./context";
import { DocsPanel } from "./DocsPanel";
import { PANEL, useGrip } from "./useGrip";
import type { BuilderState, PanelTab } from "./state";

const TABS = [
  { key: "configure", label: "Configure" },
  { key: "data", label: "Data" },
  { key: "docs", label: "Docs" },
] as const satisfies readonly { key: PanelTab; label: string }[];

function selectedNode(state: BuilderState): GraphNode | null {
  const [id, ...more] = state.selection;
  if (id === undefined || more.length > 0) return null;
  return state.nodes.find((node) => node.id === id) ?? null;
}

/** Shown while exactly one node is selected. */
export function RightPanel(): ReactNode {
  const node = useBuilderState(selectedNode);
  return node && <NodePanel node={node} />;
}

function NodePanel({ node }: { node: GraphNode }): ReactNode {
  const blocks = useBuilderState((state) => state.blocks);
  const tab = useBuilderState((state) => state.panelTab);
  const actions = useActions();
  const { grip, box } = useGrip(PANEL);
  return (
    <aside className="panel" aria-label="Selected node" ref={box}>
      <div className="grip grip--left" {...grip} />
      <button
        type="button"
        className="icon-button panel__close"
        aria-label="Close the panel"
        onClick={() => actions.toggle("panel")}
      >
        <Icon name="close" />
      </button>
      <Tabs tabs={TABS} current={tab} choose={actions.showPanel} label="Node">
        <TabBody key={node.id} tab={tab} node={node} block={blockFor(node, blocks)} />
      </Tabs>
    </aside>
  );
}

interface BodyProps {
  tab: PanelTab;
  node: GraphNode;
  block: Block | undefined;
}

function TabBody({ tab, node, block }: BodyProps): ReactNode {
  if (tab === "data") return <DataPanel nodeId={node.id} />;
  return tab === "docs" ? (
    <DocsPanel block={block} />
  ) : (
    <ConfigurePanel node={node} block={block} />
  );
}

function DataPanel({ nodeId }: { nodeId: string }): ReactNode {
  const all = useBuilderState((state) => state.firings);
  const hasRun = useBuilderState((state) => state.executionId !== null);
  const events = useBuilderState((state) => state.events);
  const firings = all.filter((firing) => firing.node_id === nodeId);
  if (firings.length > 0) return <FiringTable firings={firings} events={events} />;
  return (
    <p className="quiet">
      {hasRun
        ? "This node has not run yet in the last run."
        : "Run the agent to see what goes into this node and what comes out."}
    </p>
  );
}
