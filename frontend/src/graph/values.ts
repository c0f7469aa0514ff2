/** What stands for something kept elsewhere: large values and files of the workspace. */
import type { Json } from "./types";

/** A value that was too large to be part of the record; `preview` is its beginning. */
export interface LargeValue {
  id: string;
  size: number;
  preview: string;
}

const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const ID = new RegExp(`^${UUID}$`);
const FILE = new RegExp(`^workspace://(${UUID})(?:#.*)?$`);

export function largeValue(value: Json | undefined): LargeValue | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { $value: id, size, preview } = value;
  const isOne =
    typeof id === "string" && ID.test(id) && typeof size === "number" && typeof preview === "string";
  return isOne ? { id, size, preview } : null;
}

/** The value itself where the record only had to write it differently. */
export function unescaped(value: Json): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const inside = value.$value;
  if (typeof inside !== "object" || inside === null || Array.isArray(inside)) return value;
  const isOne = Object.keys(value).length === 1 && "$" in inside;
  return isOne ? (inside.$ as Json) : value;
}

/** The id of the file that a text refers to. */
export function fileId(text: string): string | null {
  return FILE.exec(text)?.[1] ?? null;
}

const UNITS = ["bytes", "KiB", "MiB", "GiB"] as const;

export function bytes(count: number): string {
  let amount = count;
  let unit = 0;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 100 ? 0 : 1;
  return `${amount.toLocaleString("en", { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}
