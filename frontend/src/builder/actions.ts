/** What a person can do in the builder, as verbs on its store. */
import type { Connection } from "@xyflow/react";

import { blockAt, judge } from "../canvas/flow";
import { extraKey, extraPinsOf, type Edits, type Side } from "../canvas/state";
import {
  addNode,
  clearConstant,
  connect,
  fragmentOf,
  fromClipboard,
  insert,
  moveNodes,
  remove,
  renamed,
  renameNode,
  renewed,
  setConstant,
  setConstants,
  setMetadata,
  setSetting,
  toClipboard,
  type Fragment,
} from "../graph/draft";
import { record, redo, undo, type History } from "../graph/history";
import { boxOf, intoRoom } from "../graph/place";
import { roomFor } from "../graph/room";
import type {
  Block,
  Draft,
  GraphNode,
  Json,
  JsonObject,
  Position,
  Snippet,
} from "../graph/types";
import { keepRecent } from "./recent";
import { rememberPanels, type OpenPanels } from "./remember";
import {
  withHistory,
  type BuilderStore,
  type DrawerTab,
  type Notice,
  type PanelTab,
} from "./state";

const PASTE_OFFSET: Position = { x: 32, y: 32 };

export interface Actions extends Edits {
  rewrite(change: (draft: Draft) => Draft, key?: string): void;
  undo(): void;
  redo(): void;
  add(block: Block, position: Position): void;
  /** Its nodes are selected, and a notice says what to link first. Answers the middle of
      them, null where the agent has no room. */
  insert(snippet: Snippet, middle: Position): Position | null;
  connect(ends: Connection): void;
  move(moved: ReadonlyMap<string, Position>): void;
  removeSelected(): void;
  selectAll(): void;
  select(ids: readonly string[]): void;
  copy(): string | null;
  paste(text: string): boolean;
  renameAgent(name: string): void;
  setConstants(id: string, constants: JsonObject): void;
  /** Without a value the key goes. */
  setMetadata(id: string, key: string, value: Json | undefined): void;
  setSetting(key: string, value: Json | undefined): void;
  notify(notice: Notice | null): void;
  toggle(part: keyof OpenPanels): void;
  showPanel(tab: PanelTab): void;
  showDrawer(tab: DrawerTab): void;
}

const newId = (): string => crypto.randomUUID?.() ?? fallbackId();

/** `randomUUID` exists only on https and localhost. */
function fallbackId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function createActions(store: BuilderStore): Actions {
  const travel = (step: (history: History<Draft>) => History<Draft>) =>
    store.set((state) => withHistory(state, step(state.history)));
  const rewrite: Actions["rewrite"] = (change, key) =>
    store.set((state) => {
      const next = change(state.history.present);
      return withHistory(state, record(state.history, next, Date.now(), key));
    });
  const select: Actions["select"] = (ids) =>
    store.set({ selection: new Set(ids), selectedLinks: new Set() });

  return {
    rewrite,
    select,
    undo: () => travel(undo),
    redo: () => travel(redo),
    ...nodeEdits(store, rewrite),
    ...graphEdits(store, rewrite, select),
    ...panelMoves(store),
  };
}

type Rewrite = Actions["rewrite"];

function nodeEdits(store: BuilderStore, rewrite: Rewrite) {
  return {
    rename: (id: string, name: string) =>
      rewrite((draft) => renameNode(draft, id, name), `${id}/name`),
    setConstant: (id: string, pin: string, value: Json) =>
      rewrite((draft) => setConstant(draft, id, pin, value), `${id}/${pin}`),
    setConstants: (id: string, constants: JsonObject) =>
      rewrite((draft) => setConstants(draft, id, constants)),
    setMetadata: (id: string, key: string, value: Json | undefined) =>
      rewrite((draft) => setMetadata(draft, id, key, value), `${id}/how/${key}`),
    setSetting: (key: string, value: Json | undefined) =>
      rewrite((draft) => setSetting(draft, key, value), `agent/${key}`),
    clearConstant: (id: string, pin: string) => {
      forgetPin(store, id, pin);
      rewrite((draft) => clearConstant(draft, id, pin));
    },
    addPin: (id: string, side: Side, pin: string) =>
      store.set((state) => {
        const pins = new Set([...extraPinsOf(state, id, side), pin]);
        return { extraPins: new Map(state.extraPins).set(extraKey(id, side), [...pins]) };
      }),
    toggleFold: (id: string) =>
      store.set((state) => ({ unfolded: toggled(state.unfolded, id) })),
    configure: (id: string) =>
      store.set((state) => ({
        selection: new Set([id]),
        panelTab: state.live.nodes[id]?.state === "failed" ? "data" : "configure",
        open: { ...state.open, panel: true },
      })),
    renameAgent: (name: string) =>
      rewrite((draft) => renamed(draft, name), "agent name"),
  };
}

function forgetPin(store: BuilderStore, id: string, pin: string): void {
  store.set((state) => {
    const rest = extraPinsOf(state, id, "input").filter((name) => name !== pin);
    return { extraPins: new Map(state.extraPins).set(extraKey(id, "input"), rest) };
  });
}

function graphEdits(store: BuilderStore, rewrite: Rewrite, select: Actions["select"]) {
  const put = (fragment: Fragment) => {
    rewrite((draft) => insert(draft, fragment));
    select(fragment.nodes.map((node) => node.id));
  };
  return {
    add: (block: Block, position: Position) => {
      if (!hasRoom(store, 1)) return;
      const node = newNode(block, position);
      rewrite((draft) => addNode(draft, node));
      select([node.id]);
      keepRecent(block.id);
    },
    connect: (ends: Connection) => {
      const state = store.get();
      if (judge(ends, state).level === "mismatch") return;
      const link = {
        id: newId(),
        source_id: ends.source,
        source_name: ends.sourceHandle ?? "",
        sink_id: ends.target,
        sink_name: ends.targetHandle ?? "",
        is_static: blockAt(ends.source, state)?.static_output ?? false,
      };
      rewrite((draft) => connect(draft, link));
    },
    move: (moved: ReadonlyMap<string, Position>) =>
      rewrite((draft) => movedFrom(draft, moved)),
    removeSelected: () => {
      const { selection, selectedLinks } = store.get();
      if (selection.size + selectedLinks.size === 0) return;
      rewrite((draft) => remove(draft, selection, selectedLinks));
      select([]);
    },
    selectAll: () => select(store.get().nodes.map((node) => node.id)),
    copy: () => {
      const { history, selection } = store.get();
      if (selection.size === 0) return null;
      return toClipboard(fragmentOf(history.present, selection));
    },
    paste: (text: string) => {
      const fragment = fromClipboard(text);
      if (!fragment) return false;
      if (!hasRoom(store, fragment.nodes.length)) return true;
      put(renewed(fragment, newId, PASTE_OFFSET));
      return true;
    },
    insert: (snippet: Snippet, middle: Position) => {
      if (!hasRoom(store, snippet.nodes.length)) return null;
      const by = intoRoom(snippet.nodes, store.get().nodes, middle);
      const fresh = renewed(snippet, newId, by);
      put(fresh);
      const first = snippet.ways_in[0]?.description ?? "";
      store.set({ notice: { tone: "good", text: `${snippet.name} is in. ${first}`.trim() } });
      const { x, y, width, height } = boxOf(fresh.nodes);
      return { x: x + width / 2, y: y + height / 2 };
    },
  };
}

/** Says so where there is none. */
function hasRoom(store: BuilderStore, wanted: number): boolean {
  const problem = roomFor(store.get().nodes.length, wanted);
  if (problem) store.set({ notice: { tone: "bad", text: problem } });
  return problem === null;
}

function panelMoves(store: BuilderStore) {
  return {
    notify: (notice: Notice | null) => store.set({ notice }),
    toggle: (part: keyof OpenPanels) => {
      store.set(({ open }) => ({ open: { ...open, [part]: !open[part] } }));
      rememberPanels(store.get().open);
    },
    showPanel: (panelTab: PanelTab) =>
      store.set(({ open }) => ({ panelTab, open: { ...open, panel: true } })),
    showDrawer: (drawerTab: DrawerTab) =>
      store.set(({ open }) => ({ drawerTab, open: { ...open, drawer: true } })),
  };
}

function newNode(block: Block, { x, y }: Position): GraphNode {
  const position = { x: Math.round(x / 16) * 16, y: Math.round(y / 16) * 16 };
  return { id: newId(), block_id: block.id, input_default: {}, metadata: { position } };
}

/** A click without a move must not become a step of the history. */
function movedFrom(draft: Draft, moved: ReadonlyMap<string, Position>): Draft {
  const changed = draft.nodes.some((node) => {
    const place = moved.get(node.id);
    const old = node.metadata.position;
    return place && (old?.x !== place.x || old.y !== place.y);
  });
  return changed ? moveNodes(draft, moved) : draft;
}

function toggled(set: ReadonlySet<string>, item: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}
