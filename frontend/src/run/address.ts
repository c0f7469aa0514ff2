/** The part of a run that the address names: a tab, or a node on the canvas. */

export type TabKey = "canvas" | "timeline" | "nodes" | "events" | "data";

export const TABS: readonly { key: TabKey; label: string }[] = [
  { key: "canvas", label: "Canvas" },
  { key: "timeline", label: "Timeline" },
  { key: "nodes", label: "Nodes" },
  { key: "events", label: "Events" },
  { key: "data", label: "Inputs and outputs" },
];

const NODE = "node=";

export interface Place {
  tab: TabKey;
  nodeId: string | null;
}

export function placeOf(hash: string): Place {
  const text = hash.replace(/^#/, "");
  if (text.startsWith(NODE)) return { tab: "canvas", nodeId: decoded(text.slice(NODE.length)) };
  return { tab: TABS.find(({ key }) => key === text)?.key ?? "canvas", nodeId: null };
}

export function hashOf({ tab, nodeId }: Place): string {
  const isNode = tab === "canvas" && nodeId !== null;
  return isNode ? `#${NODE}${encodeURIComponent(nodeId)}` : `#${tab}`;
}

/** null where it is no address that we made. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Of a node in the run on this page. */
export function linkTo(nodeId: string): string {
  return new URL(hashOf({ tab: "canvas", nodeId }), window.location.href).href;
}
