/** What the canvas of the builder and of the run page read, and what editing needs. */
import { createContext, useContext } from "react";

import type { NodeLinks } from "../graph/pins";
import type { Block, Finding, GraphLink, GraphNode, Json } from "../graph/types";
import type { LiveView } from "../live/view";
import { useSelected, type Store } from "../ui/store";

export interface CanvasState {
  blocks: ReadonlyMap<string, Block>;
  nodes: readonly GraphNode[];
  links: readonly GraphLink[];
  linksOf: ReadonlyMap<string, NodeLinks>;
  live: LiveView;
  /** How long each node took in the run, in milliseconds. */
  took: ReadonlyMap<string, number>;
  /** The node that took the most of it, when one stands out. */
  slowest: string | null;
  findingsOf: ReadonlyMap<string, readonly Finding[]>;
  /** Why a link cannot work, by link id. */
  brokenLinks: ReadonlyMap<string, string>;
  selection: ReadonlySet<string>;
  selectedLinks: ReadonlySet<string>;
  /** Nodes that show their advanced pins. */
  unfolded: ReadonlySet<string>;
  /** Pins added by hand that nothing uses yet, by `extraKey`. */
  extraPins: ReadonlyMap<string, readonly string[]>;
}

export type Side = "input" | "output";

export function extraKey(id: string, side: Side): string {
  return `${side} ${id}`;
}

export interface Edits {
  rename(id: string, name: string): void;
  setConstant(id: string, pin: string, value: Json): void;
  clearConstant(id: string, pin: string): void;
  addPin(id: string, side: Side, pin: string): void;
  toggleFold(id: string): void;
  configure(id: string): void;
}

const StoreContext = createContext<Store<CanvasState> | null>(null);
const EditsContext = createContext<Edits | null>(null);

export const CanvasProvider = StoreContext.Provider;
export const EditsProvider = EditsContext.Provider;

export function useCanvasStore(): Store<CanvasState> {
  const store = useContext(StoreContext);
  if (!store) throw new Error("The canvas is used outside its provider.");
  return store;
}

export function useCanvas<T>(select: (state: CanvasState) => T): T {
  return useSelected(useCanvasStore(), select);
}

/** null where the graph cannot be changed. */
export function useEdits(): Edits | null {
  return useContext(EditsContext);
}

const NO_PINS: readonly string[] = [];
export function extraPinsOf(
  state: Pick<CanvasState, "extraPins">,
  id: string,
  side: Side,
): readonly string[] {
  return state.extraPins.get(extraKey(id, side)) ?? NO_PINS;
}

export const NO_FINDINGS: readonly Finding[] = [];
