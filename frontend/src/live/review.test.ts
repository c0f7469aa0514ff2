import { expect, test } from "vitest";

import type { Json, Review } from "../graph/types";
import { answerOf, dataText } from "./review";

function review(data: Json, more: Partial<Review> = {}): Review {
  return {
    id: "r",
    execution_id: "e",
    node_id: "n",
    purpose: "review",
    title: "",
    editable: true,
    status: "PENDING",
    data,
    expires_at: null,
    ...more,
  };
}

test.each<[string, Json]>([
  ["text", "12"],
  ["an object", { to: "ann", copies: [1, null] }],
  ["nothing", null],
])("data that nobody touched are not sent: %s", (_name, data) => {
  const asked = review(data);
  expect(answerOf(asked, true, dataText(data), "fine")).toEqual({
    answer: { approved: true, message: "fine" },
  });
});

test("text stays text, also when it could be read as something else", () => {
  expect(answerOf(review("12"), true, "13", "")).toMatchObject({ answer: { data: "13" } });
});

test("the rest is JSON, and what is none is said", () => {
  const asked = review({ to: "ann" });
  expect(answerOf(asked, false, '{"to": "bob"}', "")).toEqual({
    answer: { approved: false, message: "", data: { to: "bob" } },
  });
  expect(answerOf(asked, true, "{to: bob}", "")).toHaveProperty("problem");
});

test.each([
  ["not editable", { editable: false }],
  ["about a lost attempt", { purpose: "outcome" as const }],
])("what may not be edited is never sent: %s", (_name, more) => {
  expect(answerOf(review("a", more), true, "b", "")).toEqual({
    answer: { approved: true, message: "" },
  });
});
