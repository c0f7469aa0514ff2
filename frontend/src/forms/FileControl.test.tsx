import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";

import type { Json } from "../graph/types";
import { Field } from "./Field";

const ID = "01a2042f-34ce-7130-870a-ba7d8f43dd2b";

function shown(value: Json | undefined): string {
  return renderToStaticMarkup(
    <Field
      label="Letter"
      help=""
      error=""
      schema={{ type: "string", format: "file" }}
      value={value}
      fallback={null}
      set={() => undefined}
      clear={() => undefined}
    />,
  );
}

test("a file is chosen, or named by its address", () => {
  const html = shown(undefined);
  expect(html).toContain('type="file"');
  expect(html).toContain('type="text"');
  expect(html).not.toContain("Remove");
});

test("a file that was sent is shown as such, and can be removed", () => {
  const html = shown(`workspace://${ID}`);
  expect(html).toContain(`/files/${ID}/content/`);
  expect(html).not.toContain('type="text"');
  expect(html).toContain("Remove");
});

test("content in a data address is not written out", () => {
  expect(shown(`data:;base64,${"A".repeat(1000)}`)).not.toContain("AAAA");
});
