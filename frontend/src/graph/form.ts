/** From a JSON Schema to the control that edits its value, and from text to values. */
import { credentialWish } from "./credentials";
import type { Json, JsonObject, ObjectSchema, Schema } from "./types";

export type FieldKind =
  | "text"
  | "long-text"
  | "secret"
  | "number"
  | "integer"
  | "switch"
  | "select"
  | "date"
  | "time"
  | "list"
  | "pairs"
  | "table"
  | "file"
  | "credential"
  | "any";

export type Reading = { value: Json } | { problem: string };

/** The one branch that says something, when the others only admit null. */
export function withoutNull(schema: Schema): Schema {
  const options = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(options)) return schema;
  const rest = options.filter((option) => (option as Schema | null)?.type !== "null");
  const [only] = rest;
  if (rest.length !== 1 || !only) return schema;
  const { anyOf: _any, oneOf: _one, ...siblings } = schema;
  return { ...siblings, ...(only as Schema) };
}

const KIND_OF_TYPE: Readonly<Record<string, FieldKind>> = {
  boolean: "switch",
  integer: "integer",
  number: "number",
  object: "pairs",
};

const KIND_OF_FORMAT: Readonly<Record<string, FieldKind>> = {
  "long-text": "long-text",
  textarea: "long-text",
  date: "date",
  time: "time",
  password: "secret",
  file: "file",
};

export function fieldKind(given: Schema, secret = false): FieldKind {
  if (credentialWish(given)) return "credential";
  if (secret) return "secret";
  const schema = withoutNull(given);
  if (Array.isArray(schema.enum)) return "select";
  const named = typeof schema.type === "string" ? schema.type : "";
  if (named === "array") return isTable(schema) ? "table" : "list";
  if (named === "string") {
    return KIND_OF_FORMAT[String(schema.format ?? "")] ?? "text";
  }
  return KIND_OF_TYPE[named] ?? "any";
}

function isTable(schema: Schema): boolean {
  return columnsOf(schema).length > 0;
}

export function columnsOf(schema: Schema): string[] {
  const items = schema.items as Schema | undefined;
  const properties = items?.properties;
  return properties && typeof properties === "object" ? Object.keys(properties) : [];
}

export function optionsOf(given: Schema): Json[] {
  const { enum: options } = withoutNull(given);
  return Array.isArray(options) ? options : [];
}

export function readNumber(text: string, whole: boolean): Reading {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) {
    return { problem: "Enter a number." };
  }
  if (whole && !Number.isInteger(number)) return { problem: "Enter a whole number." };
  return { value: number };
}

/** JSON when the text is JSON, else the text itself. */
export function readAny(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** The text that `readAny` reads back as `value`. */
export function writeAny(value: Json): string {
  if (typeof value !== "string") return JSON.stringify(value, null, 2);
  return typeof readAny(value) === "string" && readAny(value) === value
    ? value
    : JSON.stringify(value);
}

export function readJson(text: string, kind: "list" | "object"): Reading {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    return { problem: `This is not JSON: ${(error as Error).message}` };
  }
  const fits = kind === "list" ? Array.isArray(value) : isObject(value);
  return fits ? { value } : { problem: `Enter a JSON ${kind}.` };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export interface RunField {
  name: string;
  title: string;
  description: string;
  schema: Schema;
  required: boolean;
  advanced: boolean;
  secret: boolean;
  default: Json | undefined;
}

/** The fields of a run form, required ones first, as the agent declares them. */
export function runFields(input: ObjectSchema): RunField[] {
  const required = new Set(input.required ?? []);
  const fields = Object.entries(input.properties ?? {}).map(([name, schema]) => ({
    name,
    title: typeof schema.title === "string" && schema.title ? schema.title : name,
    description: typeof schema.description === "string" ? schema.description : "",
    schema,
    required: required.has(name),
    advanced: schema.advanced === true,
    secret: schema.secret === true,
    default: schema.default,
  }));
  return [...fields.filter((f) => !f.advanced), ...fields.filter((f) => f.advanced)];
}

/** What to send: given values, and false for switches nobody touched. */
export function runInputs(fields: readonly RunField[], values: JsonObject): JsonObject {
  const inputs: JsonObject = {};
  for (const field of fields) {
    const value = values[field.name];
    if (value !== undefined) inputs[field.name] = value;
    else if (fieldKind(field.schema) === "switch" && field.default === undefined) {
      inputs[field.name] = false;
    }
  }
  return inputs;
}

/** The problem of each required field that has no value. */
export function missingValues(
  fields: readonly RunField[],
  values: JsonObject,
): Record<string, string> {
  const missing = fields.filter((field) => {
    const value = values[field.name];
    const empty = value === undefined || value === null || value === "";
    const filled = field.default !== undefined && field.default !== null;
    const isSwitch = fieldKind(field.schema) === "switch";
    return field.required && empty && !filled && !isSwitch;
  });
  return Object.fromEntries(missing.map((field) => [field.name, "Enter a value."]));
}
