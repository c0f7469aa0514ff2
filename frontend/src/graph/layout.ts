/** Places for nodes that came without one: columns by distance from the entry nodes. */
import type { GraphLink, GraphNode, Position } from "./types";

const COLUMN = 340;
const ROW = 220;

export function placed(
  nodes: readonly GraphNode[],
  links: readonly GraphLink[],
): readonly GraphNode[] {
  if (nodes.every((node) => node.metadata.position)) return nodes;
  const columns = depths(nodes, links);
  const used = new Map<number, number>();
  return nodes.map((node) => {
    const column = columns.get(node.id) ?? 0;
    const row = used.get(column) ?? 0;
    used.set(column, row + 1);
    const position: Position = { x: column * COLUMN, y: row * ROW };
    return node.metadata.position
      ? node
      : { ...node, metadata: { ...node.metadata, position } };
  });
}

/** Steps from the nearest entry, breadth first, so that cycles end. */
function depths(
  nodes: readonly GraphNode[],
  links: readonly GraphLink[],
): Map<string, number> {
  const sinks = new Set(links.map((link) => link.sink_id));
  const entries = nodes.filter((node) => !sinks.has(node.id));
  const found = new Map(entries.map((node) => [node.id, 0]));
  const queue = entries.map((node) => node.id);
  const nextOf = grouped(links);
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    for (const link of nextOf.get(id) ?? []) {
      if (found.has(link.sink_id)) continue;
      found.set(link.sink_id, (found.get(id) ?? 0) + 1);
      queue.push(link.sink_id);
    }
  }
  return found;
}

function grouped(links: readonly GraphLink[]): Map<string, GraphLink[]> {
  const groups = new Map<string, GraphLink[]>();
  for (const link of links) {
    const group = groups.get(link.source_id) ?? [];
    group.push(link);
    groups.set(link.source_id, group);
  }
  return groups;
}
