/** One run: headline, and its canvas, timeline, nodes, events, inputs and outputs. */
import { useEffect, useMemo, useState, type ReactNode } from "react";

import { CanvasProvider, type CanvasState } from "../canvas/state";
import { placed } from "../graph/layout";
import { nodeTitle } from "../graph/names";
import { linksByNode } from "../graph/pins";
import type { Block, Execution, GraphLink, GraphNode } from "../graph/types";
import { emptyView } from "../live/fold";
import { timesOf } from "../live/busy";
import { LogList } from "../live/LogList";
import { useRun } from "../live/useRun";
import { ExecutionIdProvider } from "../ui/LargeValueView";
import { createStore, useSelected, type Store } from "../ui/store";
import { Tabs } from "../ui/Tabs";
import { CanvasTab } from "./CanvasTab";
import { Headline } from "./Headline";
import { InOut } from "./InOut";
import { NodesTab } from "./NodesTab";
import { Timeline } from "./Timeline";
import { TABS } from "./address";
import { useTabMark } from "./tabMark";
import { usePlace } from "./usePlace";
import { useCommands } from "./useCommands";
import { useExecution } from "./useExecution";
import { useFirings } from "./useFirings";
import { Waits } from "./Waits";

interface Props {
  blocks: Block[];
  execution: Execution;
  graph: { nodes: GraphNode[]; links: GraphLink[] };
}

function canvasState({ blocks, graph }: Props): CanvasState {
  return {
    blocks: new Map(blocks.map((block) => [block.id, block])),
    nodes: placed(graph.nodes, graph.links),
    links: graph.links,
    linksOf: linksByNode(graph.links),
    live: emptyView(),
    took: new Map(),
    slowest: null,
    findingsOf: new Map(),
    brokenLinks: new Map(),
    selection: new Set(),
    selectedLinks: new Set(),
    unfolded: new Set(),
    extraPins: new Map(),
  };
}

export function App(props: Props): ReactNode {
  const [store] = useState(() => createStore(canvasState(props)));
  const { tab, choose, showNode } = usePlace(store);
  const run = useRun(props.execution.id);
  const { execution, readAgain } = useExecution(props.execution, run.view);
  useTabMark(run.view.status ?? execution.status);
  const commands = useCommands(execution, run.view, readAgain);
  const nameOf = useMemo(() => namesOf(store), [store]);
  const hasPanel = useSelected(store, (state) => state.selection.size === 1);
  const wantsFirings = tab === "nodes" || (tab === "canvas" && hasPanel);
  const firings = useFirings(execution.id, run.view, wantsFirings);
  useEffect(() => {
    store.set({ live: run.view, ...timesOf(run.view, run.events) });
  }, [store, run.view, run.events]);
  const known = { run, firings, commands, nameOf };
  return (
    <CanvasProvider value={store}>
      <ExecutionIdProvider value={execution.id}>
        <div className="run">
          <Headline
            execution={execution}
            nodeIds={nodeIdsOf(store)}
            showNode={showNode}
            {...known}
          />
          <Waits
            execution={execution}
            view={run.view}
            isPaused={commands.isPaused}
            nameOf={nameOf}
          />
          <Tabs tabs={TABS} current={tab} choose={choose} label="Run">
            {tab === "canvas" && <CanvasTab focus={focusOf(store, execution)} {...known} />}
            {tab === "timeline" && (
              <Timeline events={run.events} nameOf={nameOf} showNode={showNode} />
            )}
            {tab === "nodes" && (
              <NodesTab events={run.events} showNode={showNode} {...known} />
            )}
            {tab === "events" && <LogList events={run.events} nameOf={nameOf} />}
            {tab === "data" && (
              <InOut execution={execution} run={run} canvas={store.get()} nameOf={nameOf} />
            )}
          </Tabs>
        </div>
      </ExecutionIdProvider>
    </CanvasProvider>
  );
}

/** The node that the address names, else where the run failed. */
function focusOf(store: Store<CanvasState>, { errors }: Execution): string | null {
  const [chosen] = store.get().selection;
  return chosen ?? errors.find(({ node_id }) => node_id !== null)?.node_id ?? null;
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
