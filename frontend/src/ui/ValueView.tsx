/** A value as people want to see it: text as text, a file as a link, the rest as a tree. */
import type { ReactNode } from "react";

import type { Json } from "../graph/types";
import { fileId, largeValue, unescaped } from "../graph/values";
import { CopyButton } from "./CopyButton";
import { FileLink } from "./FileLink";
import { JsonTree, LongText } from "./JsonTree";
import { LargeValueView } from "./LargeValueView";

/** `value` as the record of a run has it. */
export function ValueView({ value }: { value: Json }): ReactNode {
  const large = largeValue(value);
  if (large) return <LargeValueView large={large} show={(whole) => <Whole value={whole} />} />;
  return <Whole value={unescaped(value)} />;
}

function Whole({ value }: { value: Json }): ReactNode {
  return (
    <div className="value-view">
      <Shown value={value} />
      <CopyButton
        text={() => (typeof value === "string" ? value : JSON.stringify(value, null, 2))}
      />
    </div>
  );
}

function Shown({ value }: { value: Json }): ReactNode {
  if (typeof value !== "string") {
    return (
      <div className="mono">
        <JsonTree value={value} />
      </div>
    );
  }
  if (fileId(value)) return <FileLink text={value} />;
  return <LongText text={value} className="value-view__text" />;
}
