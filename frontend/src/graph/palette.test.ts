import { describe, expect, it } from "vitest";

import { itemName, searched, sectionsOf } from "./palette";
import type { Block, Snippet } from "./types";

const block = (name: string, category: string, description = ""): Block => ({
  id: name,
  name,
  description,
  categories: [category],
  kind: "Standard",
  effect: "pure",
  cost: "free",
  static_output: false,
  inputs: [],
  outputs: [],
});

const RETRY: Snippet = {
  id: "retry",
  name: "Retry",
  description: "Tries again what failed.",
  nodes: [],
  links: [],
  ways_in: [],
};

const ADD = block("AddToListBlock", "Data", "Adds an entry.");
const WAIT = block("WaitBlock", "Logic", "Waits, then adds nothing.");
const OFFERED = { blocks: [WAIT, ADD], recent: [WAIT], snippets: [RETRY] };

describe("the palette", () => {
  it("lists recent blocks, snippets, then groups", () => {
    const titles = sectionsOf(OFFERED).map(({ title }) => title);
    expect(titles).toEqual(["Recent", "Snippets", "Logic", "Data"]);
  });

  it("leaves out what is empty", () => {
    const titles = sectionsOf({ ...OFFERED, recent: [], snippets: [] }).map((s) => s.title);
    expect(titles).toEqual(["Logic", "Data"]);
  });

  it("folds all but what is recent", () => {
    const open = sectionsOf(OFFERED).filter(({ canFold }) => !canFold);
    expect(open.map(({ title }) => title)).toEqual(["Recent"]);
  });

  it.each([
    // the name goes before the description
    ["add", ["Add To List", "Wait"]],
    // snippets are found, too
    ["again", ["Retry"]],
    ["no such thing", []],
  ])("finds %s", (query, names) => {
    const items = searched(OFFERED, query).flatMap((section) => section.items);
    expect(items.map(itemName)).toEqual(names);
  });
});
