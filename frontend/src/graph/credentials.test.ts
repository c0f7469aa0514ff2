import { describe, expect, it } from "vitest";

import {
  chosenId,
  credentialWish,
  fits,
  providerName,
  providerWords,
  reference,
  type Credential,
} from "./credentials";

const SLACK: Credential = {
  id: "c1",
  provider: "slack",
  kind: "oauth2",
  title: "Team",
};

describe("which credentials a pin takes", () => {
  it.each([
    // a pin of a credential
    [{ credentials_provider: ["slack"], credentials_types: ["oauth2"] }, ["slack"]],
    // any other pin
    [{ type: "string" }, undefined],
    [{ credentials_provider: "slack" }, undefined],
  ])("reads %j", (schema, providers) => {
    expect(credentialWish(schema)?.providers).toEqual(providers);
  });

  it.each([
    [{ providers: ["slack"], types: ["oauth2", "api_key"] }, true],
    // a pin that says nothing of types takes all
    [{ providers: ["slack"], types: [] }, true],
    [{ providers: ["slack"], types: ["api_key"] }, false],
    [{ providers: ["smtp"], types: ["oauth2"] }, false],
  ])("fits %j: %s", (wish, expected) => {
    expect(fits(SLACK, wish)).toBe(expected);
  });

  it("is held by reference", () => {
    expect(chosenId(reference(SLACK))).toBe("c1");
    expect(chosenId("c1")).toBe("");
    expect(chosenId(undefined)).toBe("");
  });
});

describe("providers in words", () => {
  it.each([
    ["openai", "OpenAI"],
    ["open_router", "Open router"],
    ["slack", "Slack"],
  ])("%s", (id, name) => {
    expect(providerName(id)).toBe(name);
  });

  it.each([
    [["slack"], "Slack"],
    [["smtp", "imap"], "SMTP or IMAP"],
    [["a", "b", "c", "d"], "A, B, C or D"],
    [["a", "b", "c", "d", "e"], "A, B, C or one of 2 others"],
  ])("%j", (ids, words) => {
    expect(providerWords(ids)).toBe(words);
  });
});
