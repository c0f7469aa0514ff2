/**
 * Pin names that reach inside a value: `values_#_name`, `list_$_0`, `object_@_field`.
 * The same reading as the server's, for names and labels only.
 */
import { isObject } from "./form";
import type { PinType } from "./schema";
import type { Json, JsonObject } from "./types";

const SELECTOR = /_([#$@])_/;
const INDEX = /^-?\d{1,9}$/;

export interface PinPath {
  base: string;
  steps: (string | number)[];
}

export function parsePin(name: string): PinPath {
  const [base = name, ...parts] = name.split(SELECTOR);
  const steps: (string | number)[] = [];
  for (let place = 0; place + 1 < parts.length; place += 2) {
    steps.push(step(parts[place] ?? "", parts[place + 1] ?? ""));
  }
  return { base, steps };
}

function step(kind: string, text: string): string | number {
  return kind === "$" && INDEX.test(text) ? Number(text) : text;
}

export function basePin(name: string): string {
  return parsePin(name).base;
}

export function isDynamic(name: string): boolean {
  return SELECTOR.test(name);
}

/** How a pin inside another is written on a node: `name`, `[0]`, `a.b`. */
export function pinLabel(name: string): string {
  const { base, steps } = parsePin(name);
  if (steps.length === 0) return base;
  return steps
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}

export function hasParts(type: PinType): boolean {
  return type === "object" || type === "list" || type === "any";
}

/** The pin name for a key of `base`; the reason when the key cannot be one. */
export function partName(
  base: string,
  type: PinType,
  key: string,
): { name: string } | { problem: string } {
  const text = key.trim();
  if (text === "") return { problem: "Enter a key." };
  if (SELECTOR.test(text)) return { problem: "A key cannot contain _#_, _$_ or _@_." };
  const whole = INDEX.test(text);
  if (type === "list" && !whole) return { problem: "A place in a list is a number." };
  const mark = whole && type !== "object" ? "$" : "#";
  return { name: `${base}_${mark}_${text}` };
}

/** The place after the last one used, which "add item" offers for a list. */
export function nextIndex(base: string, names: Iterable<string>): number {
  let next = 0;
  for (const name of names) {
    const path = parsePin(name);
    const [place] = path.steps;
    if (path.base === base && typeof place === "number") {
      next = Math.max(next, place + 1);
    }
  }
  return next;
}

/** What stands on a pin among values by pin name, also inside another pin's value. */
export function valueAt(values: JsonObject, name: string): Json | undefined {
  if (name in values) return values[name];
  const { base, steps } = parsePin(name);
  return steps.reduce<Json | undefined>(partOf, values[base]);
}

function partOf(value: Json | undefined, step: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof step === "number" ? value.at(step) : undefined;
  return isObject(value) ? value[step] : undefined;
}
