/** One run: headline, and its canvas, timeline, nodes, events, inputs and outputs. */
import { useEffect, useMemo, useState, type ReactNode } from "react";

import { CanvasProvider, type CanvasState } from "../canvas/state";
import { placed } from "../graph/layout";
import { nodeTitle } from "../graph/names";
import { linksByNode } from "../graph/pins";
import type { Block, Execution, GraphLink, GraphNode } from "../graph/types";
import { emptyView } from "../live/fold";
import { LogList } from "../live/LogList";
import { useRun } from "../live/useRun";
import { createStore, useSelected, type Store } from "../ui/store";
import { Tabs } from "../ui/Tabs";
import { CanvasTab } from "./CanvasTab";
import { Headline } from "./Headline";
import { InOut } from "./InOut";
import { NodesTab } from "./NodesTab";
import { Timeline } from "./Timeline";
import { useCommands } from "./useCommands";
import { useExecution } from "./useExecution";
import { useFirings } from "./useFirings";
import { Waits } from "./Waits";

interface Props {
  blocks: Block[];
  execution: Execution;
  graph: { nodes: GraphNode[]; links: GraphLink[] };
}

type TabKey = "canvas" | "timeline" | "nodes" | "events" | "data";

const TABS: readonly { key: TabKey; label: string }[] = [
  { key: "canvas", label: "Canvas" },
  { key: "timeline", label: "Timeline" },
  { key: "nodes", label: "Nodes" },
  { key: "events", label: "Events" },
  { key: "data", label: "Inputs and outputs" },
];

function canvasState({ blocks, graph }: Props): CanvasState {
  return {
    blocks: new Map(blocks.map((block) => [block.id, block])),
    nodes: placed(graph.nodes, graph.links),
    links: graph.links,
    linksOf: linksByNode(graph.links),
    live: emptyView(),
    findingsOf: new Map(),
    brokenLinks: new Map(),
    selection: new Set(),
    selectedLinks: new Set(),
    unfolded: new Set(),
    extraPins: new Map(),
  };
}

function tabFromUrl(): TabKey {
  const wanted = window.location.hash.slice(1);
  return TABS.find((tab) => tab.key === wanted)?.key ?? "canvas";
}

export function App(props: Props): ReactNode {
  const [store] = useState(() => createStore(canvasState(props)));
  const [tab, setTab] = useState(tabFromUrl);
  const run = useRun(props.execution.id);
  const { execution, readAgain } = useExecution(props.execution, run.view);
  const commands = useCommands(execution, run.view, readAgain);
  const nameOf = useMemo(() => namesOf(store), [store]);
  const hasPanel = useSelected(store, (state) => state.selection.size === 1);
  const wantsFirings = tab === "nodes" || (tab === "canvas" && hasPanel);
  const firings = useFirings(execution.id, run.view, wantsFirings);
  useEffect(() => store.set({ live: run.view }), [store, run.view]);

  const choose = (key: TabKey) => {
    setTab(key);
    window.history.replaceState(null, "", `#${key}`);
  };
  const known = { run, firings, commands, nameOf };
  return (
    <CanvasProvider value={store}>
      <div className="run">
        <Headline execution={execution} nodeIds={nodeIdsOf(store)} {...known} />
        <Waits
          execution={execution}
          view={run.view}
          isPaused={commands.isPaused}
          nameOf={nameOf}
        />
        <Tabs tabs={TABS} current={tab} choose={choose} label="Run">
          {tab === "canvas" && <CanvasTab {...known} />}
          {tab === "timeline" && <Timeline events={run.events} nameOf={nameOf} />}
          {tab === "nodes" && <NodesTab events={run.events} {...known} />}
          {tab === "events" && <LogList events={run.events} nameOf={nameOf} />}
          {tab === "data" && (
            <InOut execution={execution} run={run} canvas={store.get()} nameOf={nameOf} />
          )}
        </Tabs>
      </div>
    </CanvasProvider>
  );
}

function namesOf(store: Store<CanvasState>): (id: string) => string {
  const { nodes, blocks } = store.get();
  const names = new Map(
    nodes.map((node) => [node.id, nodeTitle(node, blocks.get(node.block_id))]),
  );
  return (id) => names.get(id) ?? "An unknown node";
}

/** Notes are drawn but never run. */
function nodeIdsOf(store: Store<CanvasState>): string[] {
  const { nodes, blocks } = store.get();
  const taking = nodes.filter((node) => blocks.get(node.block_id)?.kind !== "Note");
  return taking.map((node) => node.id);
}
