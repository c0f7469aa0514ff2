import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";

import type { Json } from "../graph/types";
import { ExecutionIdProvider } from "./LargeValueView";
import { ValueView } from "./ValueView";

const ID = "01a2042f-34ce-7130-870a-ba7d8f43dd2b";
const LARGE = { $value: ID, size: 70_123, preview: '["<b>", 2' };

function shown(value: Json, executionId: string | null = null): string {
  return renderToStaticMarkup(
    <ExecutionIdProvider value={executionId}>
      <ValueView value={value} />
    </ExecutionIdProvider>,
  );
}

test("a large value shows its beginning, its size and how to load it", () => {
  const html = shown(LARGE, "run");
  expect(html).toContain("[&quot;&lt;b&gt;&quot;, 2…");
  expect(html).toContain("68.5 KiB");
  expect(html).toContain("Load</button>");
  expect(html).not.toContain("$value");
});

test("without a run there is nothing to load it from", () => {
  expect(shown(LARGE)).not.toContain("Load</button>");
});

test("a file is a link to its content, alone and inside a value", () => {
  const link = `href="/api/v1/files/${ID}/content/"`;
  expect(shown(`workspace://${ID}`)).toContain(link);
  expect(shown({ files: [`workspace://${ID}`] })).not.toContain(link);
  expect(shown([`workspace://${ID}`])).toContain(link);
});

test("text that only looks like one stays text", () => {
  expect(shown("workspace://x")).not.toContain("href");
  expect(shown("javascript:alert(1)")).not.toContain("href");
});
