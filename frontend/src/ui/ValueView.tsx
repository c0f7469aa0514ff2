/** A value as people want to see it: text as text, the rest as a tree. */
import type { ReactNode } from "react";

import type { Json } from "../graph/types";
import { CopyButton } from "./CopyButton";
import { JsonTree, LongText } from "./JsonTree";

export function ValueView({ value }: { value: Json }): ReactNode {
  return (
    <div className="value-view">
      {typeof value === "string" ? (
        <LongText text={value} className="value-view__text" />
      ) : (
        <div className="mono">
          <JsonTree value={value} />
        </div>
      )}
      <CopyButton
        text={() => (typeof value === "string" ? value : JSON.stringify(value, null, 2))}
      />
    </div>
  );
}
