/** What the selected block does, pin by pin. */
import type { ReactNode } from "react";

import { spacedName } from "../graph/names";
import { pinType } from "../graph/schema";
import type { Block, PinSpec } from "../graph/types";
import { shorten } from "../live/words";

const EFFECT_WORDS: Readonly<Record<string, string>> = {
  pure: "Changes nothing outside; the same inputs give the same outputs.",
  idempotent: "Safe to repeat.",
  once: "Never repeated on its own after an attempt was lost.",
};

export function DocsPanel({ block }: { block: Block | undefined }): ReactNode {
  if (!block) {
    return <p className="quiet">This block is not installed here, so nothing is known about it.</p>;
  }
  return (
    <div className="docs">
      <h3>{spacedName(block.name)}</h3>
      <p>{block.description}</p>
      <p className="quiet">
        {block.categories.join(", ")} · {EFFECT_WORDS[block.effect] ?? block.effect}
        {block.static_output && " Its outputs stay on the pins they were sent to."}
      </p>
      <PinList title="Inputs" pins={block.inputs} requiredOf={new Set(block.inputs.filter((pin) => pin.required).map((pin) => pin.name))} />
      <PinList title="Outputs" pins={block.outputs} requiredOf={new Set()} />
      <p className="quiet mono">{block.id}</p>
    </div>
  );
}

interface PinListProps {
  title: string;
  pins: readonly PinSpec[];
  requiredOf: ReadonlySet<string>;
}

function PinList({ title, pins, requiredOf }: PinListProps): ReactNode {
  if (pins.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <dl className="docs__pins">
        {pins.map((pin) => (
          <div key={pin.name}>
            <dt>
              <span className={`pin-mark pin-mark--${pinType(pin.schema)}`} />
              <span className="mono">{pin.name}</span>
              <span className="quiet">
                {pinType(pin.schema)}
                {requiredOf.has(pin.name) && ", required"}
              </span>
            </dt>
            {pin.description && <dd>{shorten(pin.description, 600)}</dd>}
          </div>
        ))}
      </dl>
    </>
  );
}
