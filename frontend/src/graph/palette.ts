/** What the palette lists: recent blocks, snippets, and blocks by group; or what fits. */
import { groupBlocks, searchBlocks, spacedName } from "./names";
import type { Block, Snippet } from "./types";

export type Item =
  | { kind: "block"; key: string; block: Block }
  | { kind: "snippet"; key: string; snippet: Snippet };

export interface Section {
  title: string;
  /** Folded sections show their count and are opened by a click. */
  canFold: boolean;
  items: Item[];
}

export const RECENT = "Recent";
export const SNIPPETS = "Snippets";
export const FOUND = "Found";

interface Offered {
  blocks: readonly Block[];
  recent: readonly Block[];
  snippets: readonly Snippet[];
}

export function sectionsOf({ blocks, recent, snippets }: Offered): Section[] {
  const groups = groupBlocks(blocks).map(({ category, blocks: members }) =>
    section(category, members.map((block) => blockItem(block, "item"))),
  );
  const latest = recent.map((block) => blockItem(block, "recent"));
  const ready = snippets.map(snippetItem);
  return [section(RECENT, latest, false), section(SNIPPETS, ready), ...groups].filter(
    ({ items }) => items.length > 0,
  );
}

/** Blocks and snippets that fit the query, best first, in one section. */
export function searched({ blocks, snippets }: Offered, query: string): Section[] {
  const found = searchBlocks(blocks, query).map((block) => blockItem(block, "item"));
  const ready = snippets.filter((snippet) => fitsSnippet(snippet, query)).map(snippetItem);
  const items = [...found, ...ready];
  return items.length > 0 ? [section(FOUND, items, false)] : [];
}

function fitsSnippet({ name, description }: Snippet, query: string): boolean {
  const text = `${name} ${description}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function section(title: string, items: Item[], canFold = true): Section {
  return { title, canFold, items };
}

function blockItem(block: Block, place: "item" | "recent"): Item {
  return { kind: "block", key: `${place} ${block.id}`, block };
}

function snippetItem(snippet: Snippet): Item {
  return { kind: "snippet", key: `snippet ${snippet.id}`, snippet };
}

export function itemName(item: Item): string {
  return item.kind === "block" ? spacedName(item.block.name) : item.snippet.name;
}
