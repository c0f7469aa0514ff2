/** The rows of pins a node shows: declared, linked, set or added by hand. */
import { basePin, hasParts, isDynamic, parsePin, pinLabel } from "./dynamic-pins";
import { pinType, schemaAt, type PinType } from "./schema";
import type {
  Block,
  GraphLink,
  GraphNode,
  InputSpec,
  Json,
  PinSpec,
  Schema,
} from "./types";

export interface NodeLinks {
  incoming: readonly GraphLink[];
  outgoing: readonly GraphLink[];
}

export interface PinRow {
  name: string;
  label: string;
  type: PinType;
  schema: Schema;
  description: string;
  /** A pin inside another: drawn one step in. */
  inside: boolean;
  /** The block does not declare it (or is itself unknown). */
  unknown: boolean;
  linked: boolean;
  canAddPart: boolean;
}

export interface InputRow extends PinRow {
  required: boolean;
  advanced: boolean;
  secret: boolean;
  placeholder: string;
  default: Json;
  /** The node's own constant, undefined when it has none. */
  constant: Json | undefined;
  /** Some key of it is linked or set, so the whole need not be. */
  hasPartsSet: boolean;
}

export interface NodePins {
  inputs: InputRow[];
  outputs: PinRow[];
  /** Advanced inputs that are folded away now. */
  folded: number;
}

export const NO_LINKS: NodeLinks = { incoming: [], outgoing: [] };

const ANYTHING: Schema = {};

/** Every input row of a node, folded ones too. */
export function inputRows(
  node: GraphNode,
  block: Block | undefined,
  links: NodeLinks,
  extra: readonly string[] = [],
): InputRow[] {
  const linked = new Set(links.incoming.map((link) => link.sink_name));
  const own = new Set(block?.own);
  const constants = Object.keys(node.input_default).filter((name) => !own.has(name));
  const used = [...linked, ...constants, ...extra];
  const declared = new Map(block?.inputs.map((pin) => [pin.name, pin]));
  return arranged([...declared.keys()], used).map((name) =>
    withoutParts(block, inputRow(name, declared.get(basePin(name)), node, linked, used)),
  );
}

function inputRow(
  name: string,
  spec: InputSpec | undefined,
  node: GraphNode,
  linked: ReadonlySet<string>,
  used: readonly string[],
): InputRow {
  const row = pinRow(name, spec, linked.has(name), spec?.secret ?? false);
  return {
    ...row,
    required: !row.inside && (spec?.required ?? false),
    advanced: spec?.advanced ?? false,
    secret: spec?.secret ?? false,
    placeholder: spec?.placeholder ?? "",
    default: row.inside ? null : (spec?.default ?? null),
    constant: node.input_default[name],
    hasPartsSet: used.some((other) => isDynamic(other) && basePin(other) === name),
  };
}

export function outputRows(
  block: Block | undefined,
  links: NodeLinks,
  extra: readonly string[] = [],
): PinRow[] {
  const linked = new Set(links.outgoing.map((link) => link.source_name));
  const declared = new Map(block?.outputs.map((pin) => [pin.name, pin]));
  return arranged([...declared.keys()], [...linked, ...extra]).map((name) =>
    withoutParts(block, pinRow(name, declared.get(basePin(name)), linked.has(name), false)),
  );
}

/** What goes into and comes out of another agent goes as a whole. */
function withoutParts<R extends PinRow>(block: Block | undefined, row: R): R {
  return block?.kind === "Agent" ? { ...row, canAddPart: false } : row;
}

function pinRow(
  name: string,
  spec: PinSpec | undefined,
  linked: boolean,
  secret: boolean,
): PinRow {
  const { steps } = parsePin(name);
  const inside = steps.length > 0;
  const schema = spec ? schemaAt(spec.schema, steps) : ANYTHING;
  const type = pinType(schema, secret);
  return {
    name,
    label: inside ? pinLabel(name) : spec?.title || name,
    type,
    schema,
    description: inside ? "" : (spec?.description ?? ""),
    inside,
    unknown: spec === undefined,
    linked,
    canAddPart: !inside && spec !== undefined && hasParts(type) && name !== "error",
  };
}

/** Declared pins in their order, each followed by the used pins inside it. */
function arranged(declared: readonly string[], used: readonly string[]): string[] {
  const known = new Set(declared);
  const rest = [...new Set(used)].filter((name) => !known.has(name));
  const inside = declared.flatMap((base) => [
    base,
    ...rest.filter((name) => basePin(name) === base).sort(byPath),
  ]);
  return [...inside, ...rest.filter((name) => !known.has(basePin(name)))];
}

function byPath(a: string, b: string): number {
  return a.localeCompare(b, undefined, { numeric: true });
}

interface Shown {
  extraInputs: readonly string[];
  extraOutputs: readonly string[];
  unfolded: boolean;
}

/** What the node shows, advanced pins folded unless they are in use. */
export function nodePins(
  node: GraphNode,
  block: Block | undefined,
  links: NodeLinks,
  { extraInputs, extraOutputs, unfolded }: Shown,
): NodePins {
  const all = inputRows(node, block, links, extraInputs);
  const inputs = all.filter((row) => unfolded || !isFoldable(row));
  const foldable = all.filter(isFoldable).length;
  return {
    inputs,
    outputs: outputRows(block, links, extraOutputs),
    folded: unfolded ? 0 : foldable,
  };
}

export function isFoldable(row: InputRow): boolean {
  const inUse = row.linked || row.constant !== undefined || row.hasPartsSet;
  return row.advanced && !inUse && !row.inside;
}

/** The schema behind a pin name, {} when the block does not declare it. */
export function pinSchema(specs: readonly PinSpec[] | undefined, name: string): Schema {
  const { base, steps } = parsePin(name);
  const spec = specs?.find((pin) => pin.name === base);
  return spec ? schemaAt(spec.schema, steps) : ANYTHING;
}

/** Links by node, reusing the lists of nodes whose links did not change. */
export function linksByNode(
  links: readonly GraphLink[],
  before: ReadonlyMap<string, NodeLinks> = new Map(),
): Map<string, NodeLinks> {
  const found = new Map<string, { incoming: GraphLink[]; outgoing: GraphLink[] }>();
  const at = (id: string) => {
    const lists = found.get(id) ?? { incoming: [], outgoing: [] };
    found.set(id, lists);
    return lists;
  };
  for (const link of links) {
    at(link.source_id).outgoing.push(link);
    at(link.sink_id).incoming.push(link);
  }
  return new Map(
    [...found].map(([id, lists]) => [id, sameLinks(before.get(id), lists)]),
  );
}

function sameLinks(before: NodeLinks | undefined, now: NodeLinks): NodeLinks {
  const same =
    before !== undefined &&
    sameItems(before.incoming, now.incoming) &&
    sameItems(before.outgoing, now.outgoing);
  return same ? before : now;
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, place) => item === b[place]);
}
