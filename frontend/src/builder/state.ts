/** Everything the builder knows, and the first state of it. */
import type { Saved } from "../api/client";
import type { CanvasState } from "../canvas/state";
import { byNode, titled } from "../graph/findings";
import { begin, type History } from "../graph/history";
import { placed } from "../graph/layout";
import { linksByNode } from "../graph/pins";
import type { Block, Draft, Finding, Graph, NodeExecution, Snippet } from "../graph/types";
import { emptyView } from "../live/fold";
import type { RunEvent } from "../live/view";
import type { Store } from "../ui/store";
import { rememberedPanels, type OpenPanels } from "./remember";

export type SaveState =
  | { state: "saved" }
  | { state: "saving" }
  | { state: "failed"; reason: string }
  | { state: "conflict" };

export type PanelTab = "configure" | "data" | "docs";
export type DrawerTab = "run" | "log" | "outputs";

export interface Notice {
  tone: "good" | "bad" | "plain";
  text: string;
  /** Where to read on. */
  link?: { href: string; words: string };
}

export interface BuilderState extends CanvasState {
  graphId: string;
  history: History<Draft>;
  /** The last answer of the server. */
  saved: Graph;
  etag: string;
  save: SaveState;
  findings: readonly Finding[];
  /** Empty until they are read. */
  snippets: readonly Snippet[];
  notice: Notice | null;
  panelTab: PanelTab;
  drawerTab: DrawerTab;
  open: OpenPanels;
  dialog: "shortcuts" | "settings" | null;
  executionId: string | null;
  firings: readonly NodeExecution[];
  /** Of the last run. */
  events: readonly RunEvent[];
}

export type BuilderStore = Store<BuilderState>;

/** Up to here panels cover the canvas instead of standing beside it. */
export const NARROW_PX = 900;

export function firstState(blocks: readonly Block[], { graph, etag }: Saved): BuilderState {
  const draft: Draft = {
    name: graph.name,
    description: graph.description,
    nodes: placed(graph.nodes, graph.links),
    links: graph.links,
    settings: graph.settings,
  };
  const isWide = window.innerWidth > NARROW_PX;
  return {
    graphId: graph.id,
    blocks: new Map(blocks.map((block) => [block.id, block])),
    history: begin(draft),
    nodes: draft.nodes,
    links: draft.links,
    linksOf: linksByNode(draft.links),
    live: emptyView(),
    took: new Map(),
    slowest: null,
    findings: [],
    snippets: [],
    findingsOf: new Map(),
    brokenLinks: new Map(),
    selection: new Set(),
    selectedLinks: new Set(),
    unfolded: new Set(),
    extraPins: new Map(),
    saved: graph,
    etag,
    save: { state: "saved" },
    notice: null,
    panelTab: "configure",
    drawerTab: "run",
    open: rememberedPanels(isWide, asksForRun()),
    dialog: null,
    executionId: null,
    firings: [],
    events: [],
  };
}

/** Other pages link to `#run` to open an agent ready to run. */
function asksForRun(): boolean {
  return window.location.hash === "#run";
}

/** The parts of the state that follow from the draft. */
export function withHistory(
  state: BuilderState,
  history: History<Draft>,
): Partial<BuilderState> {
  const { nodes, links } = history.present;
  const linksOf =
    links === state.links ? state.linksOf : linksByNode(links, state.linksOf);
  return { history, nodes, links, linksOf };
}

export function withFindings(
  found: readonly Finding[],
  { nodes, blocks }: Pick<BuilderState, "nodes" | "blocks">,
): Partial<BuilderState> {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const findings = found.map((finding) => {
    const node = known.get(finding.node_id ?? "");
    return node ? titled(finding, node, blocks.get(node.block_id)) : finding;
  });
  const broken = findings.filter((finding) => finding.severity === "error");
  const brokenLinks = broken.flatMap((finding): [string, string][] =>
    finding.link_id ? [[finding.link_id, finding.message]] : [],
  );
  return {
    findings,
    findingsOf: byNode(findings),
    brokenLinks: new Map(brokenLinks),
  };
}
