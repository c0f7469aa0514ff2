/** What kind of value a pin carries, and which pins may be linked. */
import type { Json, Schema } from "./types";

export type PinType =
  | "text"
  | "number"
  | "boolean"
  | "list"
  | "object"
  | "file"
  | "any"
  | "secret";

type ValueKind = "text" | "number" | "boolean" | "list" | "object";

export type Verdict =
  | { level: "fine" }
  | { level: "maybe" | "mismatch"; reason: string };

const KIND_OF_JSON_TYPE: Readonly<Record<string, ValueKind>> = {
  string: "text",
  number: "number",
  integer: "number",
  boolean: "boolean",
  array: "list",
  object: "object",
};

const FINE: Verdict = { level: "fine" };

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function branches(schema: Schema): Schema[] {
  const options = schema.anyOf ?? schema.oneOf;
  return Array.isArray(options) ? options.filter(isSchema) : [];
}

function kindOfConstant(value: Json): ValueKind | null {
  if (value === null) return null;
  if (Array.isArray(value)) return "list";
  if (typeof value === "string") return "text";
  return typeof value as "number" | "boolean" | "object";
}

/** The kinds a schema admits, null apart; an empty set stands for "anything". */
function kinds(schema: Schema): ReadonlySet<ValueKind> {
  const options = branches(schema);
  if (options.length > 0) return unionOf(options);
  const named = [schema.type].flat().filter((name) => typeof name === "string");
  if (named.length > 0) {
    return new Set(named.flatMap((name) => KIND_OF_JSON_TYPE[name] ?? []));
  }
  const constants = Array.isArray(schema.enum) ? schema.enum : [];
  return new Set(constants.flatMap((value) => kindOfConstant(value) ?? []));
}

function isNull(schema: Schema): boolean {
  return schema.type === "null";
}

function unionOf(options: Schema[]): ReadonlySet<ValueKind> {
  const all = new Set<ValueKind>();
  for (const option of options) {
    if (isNull(option)) continue;
    const found = kinds(option);
    if (found.size === 0) return found;
    found.forEach((kind) => all.add(kind));
  }
  return all;
}

/** The one mark and colour a pin wears. */
export function pinType(schema: Schema, secret = false): PinType {
  if (secret || schema.format === "password" || schema.writeOnly === true) {
    return "secret";
  }
  const carriesFile = [schema, ...branches(schema)].some(
    (option) => option.format === "file",
  );
  if (carriesFile) return "file";
  const [only, ...more] = kinds(schema);
  return only && more.length === 0 ? only : "any";
}

/** The schema of the part of a value that `steps` lead to; {} when nothing is known. */
export function schemaAt(schema: Schema, steps: readonly (string | number)[]): Schema {
  let current = schema;
  for (const step of steps) {
    current = schemaOfPart(current, step);
  }
  return current;
}

function schemaOfPart(schema: Schema, step: string | number): Schema {
  if (typeof step === "number") return isSchema(schema.items) ? schema.items : {};
  const declared = isSchema(schema.properties) ? schema.properties[step] : undefined;
  if (isSchema(declared)) return declared;
  return isSchema(schema.additionalProperties) ? schema.additionalProperties : {};
}

const MAYBE: ReadonlySet<string> = new Set([
  "text>number",
  "text>boolean",
  "text>object",
  "number>boolean",
]);

function pairLevel(source: ValueKind, sink: ValueKind): Verdict["level"] {
  if (source === sink || sink === "text" || sink === "list") return "fine";
  if (source === "list" && sink === "object") return "fine";
  return MAYBE.has(`${source}>${sink}`) ? "maybe" : "mismatch";
}

/** Whether values of one pin can arrive at another, with the reason if not surely. */
export function compatibility(source: Schema, sink: Schema): Verdict {
  const from = [...kinds(source)];
  const to = [...kinds(sink)];
  if (from.length === 0 || to.length === 0) return FINE;
  const best = from.map((kind) => bestLevel(kind, to));
  const words = `${spoken(from)} to ${spoken(to)}`;
  if (best.every((level) => level === "fine")) return FINE;
  if (best.every((level) => level === "mismatch")) {
    return { level: "mismatch", reason: `${capital(words)} does not fit` };
  }
  return {
    level: "maybe",
    reason: `${capital(words)} fits only values that can be converted`,
  };
}

function bestLevel(source: ValueKind, sinks: ValueKind[]): Verdict["level"] {
  const levels = sinks.map((sink) => pairLevel(source, sink));
  if (levels.includes("fine")) return "fine";
  return levels.includes("maybe") ? "maybe" : "mismatch";
}

function spoken(found: ValueKind[]): string {
  return found.join(" or ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
