/** Changes that findings and suggestions offer, made on the draft that is shown. */
import { remove, sameEnds, setMetadata } from "./draft";
import type { Draft, Fix, GraphLink, GraphNode, Position } from "./types";

const CONVERTER = "95d1b990-ce13-4d88-9737-ba5c2070c97b";
const NONE: ReadonlySet<string> = new Set();

/** What the button says. */
export function fixWords(fix: Fix): string {
  switch (fix.op) {
    case "set_metadata":
      return fix.key === "cacheable" ? "Use earlier results" : "Change the setting";
    case "remove_nodes":
      return fix.node_ids.length === 1 ? "Remove the node" : "Remove the nodes";
    case "remove_link":
      return "Remove the link";
    case "merge_nodes":
      return "Merge them";
    case "insert_converter":
      return "Convert on the way";
  }
}

/** The draft after it; the same one where what it names is gone. */
export function withFix(draft: Draft, fix: Fix): Draft {
  switch (fix.op) {
    case "set_metadata":
      return setMetadata(draft, fix.node_id, fix.key, fix.value ?? undefined);
    case "remove_nodes":
      return remove(draft, new Set(fix.node_ids), NONE);
    case "remove_link":
      return remove(draft, NONE, new Set([fix.link_id]));
    case "merge_nodes":
      return merged(draft, fix.keep, fix.remove);
    case "insert_converter":
      return converted(draft, fix.link_id, fix.type);
  }
}

function merged(draft: Draft, keep: string, gone: string): Draft {
  const links: GraphLink[] = [];
  for (const link of draft.links) {
    const moved = link.source_id === gone ? { ...link, source_id: keep } : link;
    if (!links.some((other) => sameEnds(other, moved))) links.push(moved);
  }
  return remove({ ...draft, links }, new Set([gone]), NONE);
}

function converted(draft: Draft, linkId: string, type: string): Draft {
  const link = draft.links.find((one) => one.id === linkId);
  const id = `${linkId} converted`;
  if (!link || draft.nodes.some((node) => node.id === id)) return draft;
  const node: GraphNode = {
    id,
    block_id: CONVERTER,
    input_default: { type },
    metadata: { position: between(draft, link) },
  };
  const first = { ...link, sink_id: id, sink_name: "value" };
  const second = {
    ...link,
    id: `${linkId} on`,
    source_id: id,
    source_name: "value",
    is_static: false,
  };
  const others = draft.links.filter((one) => one !== link);
  return { ...draft, nodes: [...draft.nodes, node], links: [...others, first, second] };
}

function between(draft: Draft, link: GraphLink): Position {
  const places = [link.source_id, link.sink_id].map(
    (id) => draft.nodes.find((node) => node.id === id)?.metadata.position ?? { x: 0, y: 0 },
  );
  const middle = (axis: "x" | "y") =>
    places.reduce((sum, place) => sum + place[axis], 0) / places.length;
  return { x: middle("x"), y: middle("y") };
}
