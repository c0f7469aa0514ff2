/** Keeps the tab and the chosen node in the address, so that a link leads there. */
import { useEffect, useState } from "react";

import type { CanvasState } from "../canvas/state";
import { useSelected, type Store } from "../ui/store";
import { hashOf, placeOf, type TabKey } from "./address";

export interface InRun {
  tab: TabKey;
  choose: (tab: TabKey) => void;
  showNode: (id: string) => void;
}

export function usePlace(store: Store<CanvasState>): InRun {
  const [tab, setTab] = useState(() => enter(store));
  const nodeId = useSelected(store, onlySelected);
  useEffect(() => {
    const isUntouched = window.location.hash === "" && tab === "canvas" && nodeId === null;
    if (!isUntouched) window.history.replaceState(null, "", hashOf({ tab, nodeId }));
  }, [tab, nodeId]);
  useEffect(() => {
    const onChange = () => setTab(enter(store));
    window.addEventListener("hashchange", onChange);
    return () => window.removeEventListener("hashchange", onChange);
  }, [store]);
  const showNode = (id: string) => {
    store.set({ selection: new Set([id]) });
    setTab("canvas");
  };
  return { tab, choose: setTab, showNode };
}

/** Selects the node that the address names; answers its tab. */
function enter(store: Store<CanvasState>): TabKey {
  const { tab, nodeId } = placeOf(window.location.hash);
  const isThere = store.get().nodes.some((node) => node.id === nodeId);
  if (nodeId !== null && isThere) store.set({ selection: new Set([nodeId]) });
  return tab;
}

function onlySelected({ selection }: CanvasState): string | null {
  const [id, ...more] = selection;
  return id !== undefined && more.length === 0 ? id : null;
}
