/** Edits of a draft: every function answers a new draft and keeps what did not change. */
import { withKey } from "./settings";
import type { Draft, GraphLink, GraphNode, Json, JsonObject, Position } from "./types";

export type NewId = () => string;

export interface Fragment {
  nodes: GraphNode[];
  links: GraphLink[];
}

export function addNode(draft: Draft, node: GraphNode): Draft {
  return { ...draft, nodes: [...draft.nodes, node] };
}

function changeNode(
  draft: Draft,
  id: string,
  change: (node: GraphNode) => GraphNode,
): Draft {
  return {
    ...draft,
    nodes: draft.nodes.map((node) => (node.id === id ? change(node) : node)),
  };
}

export function setConstant(draft: Draft, id: string, pin: string, value: Json): Draft {
  return changeNode(draft, id, (node) => ({
    ...node,
    input_default: { ...node.input_default, [pin]: value },
  }));
}

export function clearConstant(draft: Draft, id: string, pin: string): Draft {
  return changeNode(draft, id, (node) => {
    const { [pin]: _dropped, ...rest } = node.input_default;
    return { ...node, input_default: rest };
  });
}

export function setConstants(draft: Draft, id: string, constants: JsonObject): Draft {
  return changeNode(draft, id, (node) => ({ ...node, input_default: constants }));
}

/** Without a value the key goes; others, ones we do not know among them, stay. */
export function setMetadata(
  draft: Draft,
  id: string,
  key: string,
  value: Json | undefined,
): Draft {
  return changeNode(draft, id, (node) => ({
    ...node,
    metadata: withKey(node.metadata, key, value),
  }));
}

export function setSetting(draft: Draft, key: string, value: Json | undefined): Draft {
  return { ...draft, settings: withKey(draft.settings, key, value) };
}

/** An empty name goes back to the block's own. */
export function renameNode(draft: Draft, id: string, name: string): Draft {
  return changeNode(draft, id, (node) => {
    const { customized_name: _old, ...rest } = node.metadata;
    const metadata = name.trim() ? { ...rest, customized_name: name } : rest;
    return { ...node, metadata };
  });
}

export function renamed(draft: Draft, name: string): Draft {
  return { ...draft, name };
}

export function moveNodes(draft: Draft, moved: ReadonlyMap<string, Position>): Draft {
  const nodes = draft.nodes.map((node) => {
    const position = moved.get(node.id);
    return position ? { ...node, metadata: { ...node.metadata, position } } : node;
  });
  return { ...draft, nodes };
}

/** Remove nodes with their links, and single links. */
export function remove(
  draft: Draft,
  nodeIds: ReadonlySet<string>,
  linkIds: ReadonlySet<string>,
): Draft {
  return {
    ...draft,
    nodes: draft.nodes.filter((node) => !nodeIds.has(node.id)),
    links: draft.links.filter(
      (link) =>
        !linkIds.has(link.id) &&
        !nodeIds.has(link.source_id) &&
        !nodeIds.has(link.sink_id),
    ),
  };
}

export function sameEnds(a: GraphLink, b: Omit<GraphLink, "id" | "is_static">): boolean {
  return (
    a.source_id === b.source_id &&
    a.source_name === b.source_name &&
    a.sink_id === b.sink_id &&
    a.sink_name === b.sink_name
  );
}

/** Add a link; one with the same ends is left as it is. */
export function connect(draft: Draft, link: GraphLink): Draft {
  if (draft.links.some((other) => sameEnds(other, link))) return draft;
  return { ...draft, links: [...draft.links, link] };
}

/** The nodes named and the links among them. */
export function fragmentOf(draft: Draft, ids: ReadonlySet<string>): Fragment {
  return {
    nodes: draft.nodes.filter((node) => ids.has(node.id)),
    links: draft.links.filter(
      (link) => ids.has(link.source_id) && ids.has(link.sink_id),
    ),
  };
}

/** A fragment under new ids, moved by `by`. */
export function renewed(fragment: Fragment, newId: NewId, by: Position): Fragment {
  const ids = new Map(fragment.nodes.map((node) => [node.id, newId()]));
  return {
    nodes: fragment.nodes.map((node) => ({
      ...structuredClone(node),
      id: ids.get(node.id) ?? node.id,
      metadata: { ...structuredClone(node.metadata), position: shifted(node, by) },
    })),
    links: fragment.links.map((link) => ({
      ...link,
      id: newId(),
      source_id: ids.get(link.source_id) ?? link.source_id,
      sink_id: ids.get(link.sink_id) ?? link.sink_id,
    })),
  };
}

function shifted(node: GraphNode, by: Position): Position {
  const { x, y } = positionOf(node);
  return { x: x + by.x, y: y + by.y };
}

export function insert(draft: Draft, fragment: Fragment): Draft {
  return {
    ...draft,
    nodes: [...draft.nodes, ...fragment.nodes],
    links: [...draft.links, ...fragment.links],
  };
}

export function positionOf(node: GraphNode): Position {
  const { x, y } = node.metadata.position ?? { x: 0, y: 0 };
  return { x: Number.isFinite(x) ? x : 0, y: Number.isFinite(y) ? y : 0 };
}

const CLIPBOARD_KIND = "agent-fragment";

export function toClipboard(fragment: Fragment): string {
  return JSON.stringify({ kind: CLIPBOARD_KIND, ...fragment });
}

/** The fragment in clipboard text, null when the text is something else. */
export function fromClipboard(text: string): Fragment | null {
  if (!text.includes(CLIPBOARD_KIND)) return null;
  try {
    const found = JSON.parse(text) as Partial<Fragment> & { kind?: string };
    const whole =
      found.kind === CLIPBOARD_KIND &&
      Array.isArray(found.nodes) &&
      Array.isArray(found.links) &&
      found.nodes.every(isNode);
    return whole ? { nodes: found.nodes ?? [], links: found.links ?? [] } : null;
  } catch {
    return null;
  }
}

function isNode(value: Partial<GraphNode>): boolean {
  return (
    typeof value?.id === "string" &&
    typeof value.block_id === "string" &&
    typeof value.input_default === "object" &&
    typeof value.metadata === "object"
  );
}
