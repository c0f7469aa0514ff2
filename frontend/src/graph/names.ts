/** Names and tints shared by palette, nodes and panels. */
import type { Block, GraphNode } from "./types";

export type Tint =
  | "input"
  | "output"
  | "logic"
  | "text"
  | "data"
  | "basic"
  | "ai"
  | "network"
  | "other";

const TINT_OF_CATEGORY: Readonly<Record<string, Tint>> = {
  input: "input",
  output: "output",
  logic: "logic",
  text: "text",
  data: "data",
  basic: "basic",
  ai: "ai",
  agent: "ai",
  communication: "network",
  "developer tools": "network",
  search: "network",
  social: "network",
};

export function tintOf(block: Block | undefined): Tint {
  if (block?.kind === "Input") return "input";
  if (block?.kind === "Output") return "output";
  const tints = (block?.categories ?? []).map(
    (category) => TINT_OF_CATEGORY[category.toLowerCase()],
  );
  return tints.find((tint) => tint !== undefined) ?? "other";
}

/** `AgentShortTextInputBlock` as people read it; that it is a block goes without saying. */
export function spacedName(name: string): string {
  return spaced(name.replace(/(?<=.)Block$/, ""));
}

function spaced(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .trim();
}

export function kebab(name: string): string {
  return spaced(name)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

/** The constant that names a node of a kind. */
const NAMED_BY: Readonly<Partial<Record<Block["kind"], string>>> = {
  Input: "name",
  Output: "name",
  Agent: "agent_name",
};

/** The custom name, else what it is an input, an output or a run of, else the block's. */
export function nodeTitle(node: GraphNode, block: Block | undefined): string {
  const custom = node.metadata.customized_name;
  if (typeof custom === "string" && custom.trim()) return custom;
  if (!block) return "Unknown block";
  const pin = NAMED_BY[block.kind];
  const own = pin && node.input_default[pin];
  if (typeof own === "string" && own.trim()) return own;
  return spacedName(block.name);
}

/** Blocks that fit every word of the query, best first. */
export function searchBlocks(blocks: readonly Block[], query: string): Block[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...blocks];
  return blocks
    .map((block) => ({ block, score: scoreOf(block, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.block.name.localeCompare(b.block.name))
    .map(({ block }) => block);
}

/** Above what words found in the description alone can add up to. */
const ALL_IN_NAME = 100;

/** 0 where a word is missing; who has all words in the name comes first. */
function scoreOf(block: Block, words: readonly string[]): number {
  const name = spacedName(block.name).toLowerCase();
  const rest = `${block.categories.join(" ")} ${block.description}`.toLowerCase();
  const inName = words.map((word) => scoreInName(name, word));
  const isMissing = words.some((word, place) => !inName[place] && !rest.includes(word));
  if (isMissing) return 0;
  const isNamed = inName.every((score) => score > 0);
  const sum = inName.reduce((total, score) => total + (score || 1), 0);
  return sum + (isNamed ? ALL_IN_NAME : 0) + (name === words.join(" ") ? ALL_IN_NAME : 0);
}

function scoreInName(name: string, word: string): number {
  if (name.startsWith(word)) return 4;
  if (name.split(" ").some((part) => part.startsWith(word))) return 3;
  return name.includes(word) ? 2 : 0;
}

export interface BlockGroup {
  category: string;
  blocks: Block[];
}

const FIRST_GROUPS = ["Input", "Output", "Basic", "Logic", "Text", "Data", "AI"];

export function groupBlocks(blocks: readonly Block[]): BlockGroup[] {
  const groups = new Map<string, Block[]>();
  for (const block of blocks) {
    const category = groupOf(block);
    groups.set(category, [...(groups.get(category) ?? []), block]);
  }
  return [...groups]
    .map(([category, members]) => ({ category, blocks: members.sort(byName) }))
    .sort((a, b) => rank(a.category) - rank(b.category) || byText(a.category, b.category));
}

/** Groups of what an agent takes and gives. Blocks that fetch or send bear them as well. */
const ENDS: ReadonlySet<string> = new Set(["Input", "Output"]);
const WEB = "Communication";

function groupOf(block: Block): string {
  if (block.kind === "Input" || block.kind === "Output") return block.kind;
  const own = block.categories.find((category) => !ENDS.has(category));
  return own ?? (block.categories.length > 0 ? WEB : "Other");
}

function rank(category: string): number {
  const place = FIRST_GROUPS.indexOf(category);
  return place < 0 ? FIRST_GROUPS.length : place;
}

function byName(a: Block, b: Block): number {
  return byText(a.name, b.name);
}

function byText(a: string, b: string): number {
  return a.localeCompare(b);
}
