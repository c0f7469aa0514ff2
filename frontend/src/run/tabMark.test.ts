import { expect, test } from "vitest";

import { badgedIcon, tabTitle } from "./tabMark";

const STATES = ["QUEUED", "RUNNING", "WAITING", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"];

test("the title begins with the state, which a narrow tab still shows", () => {
  expect(tabTitle("RUNNING", "Run of Triage")).toBe("Running · Run of Triage");
});

test("each state has a shape of its own, without any colour", () => {
  const icons = STATES.map((status) => badgedIcon(status, "#000"));

  expect(new Set(icons).size).toBe(STATES.length);
});

test("the icon holds the tone and nothing that ends its address", () => {
  const icon = badgedIcon("FAILED", "oklch(0.5 0.2 25)");

  expect(decodeURIComponent(icon)).toContain("oklch(0.5 0.2 25)");
  expect(icon.slice("data:".length)).not.toMatch(/[#<>" ]/);
});
