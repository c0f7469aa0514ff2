/** What the run was given and what it gave back. */
import { useMemo, type ReactNode } from "react";

import type { CanvasState } from "../canvas/state";
import type { Execution } from "../graph/types";
import { GlimpseList } from "../live/GlimpseList";
import { OutputCards } from "../live/OutputCards";
import { liveOutputs } from "../live/outputs";
import type { Run } from "../live/useRun";
import { isFinal } from "../live/view";
import { ValueView } from "../ui/ValueView";

interface Props {
  execution: Execution;
  run: Run;
  canvas: CanvasState;
  nameOf: (id: string) => string;
}

export function InOut({ execution, run, canvas, nameOf }: Props): ReactNode {
  const isOver = isFinal(execution.status);
  const outputs = useMemo(
    () =>
      isOver ? execution.outputs : liveOutputs(run.events, canvas.nodes, canvas.blocks),
    [isOver, execution, run.events, canvas],
  );
  const inputs = Object.entries(execution.inputs ?? {});
  return (
    <div className="in-out">
      <section aria-label="Inputs">
        <h2>Inputs</h2>
        {inputs.length === 0 && <p className="quiet">The run was given no inputs.</p>}
        {inputs.map(([name, value]) => (
          <section className="output-card" key={name} aria-label={name}>
            <header>
              <h3>{name}</h3>
            </header>
            <ValueView value={value} />
          </section>
        ))}
      </section>
      <section aria-label="Outputs">
        <h2>Outputs</h2>
        <GlimpseList glimpses={run.glimpses} nameOf={nameOf} />
        <OutputCards
          outputs={outputs}
          errors={execution.errors}
          nameOf={nameOf}
          isOver={isOver}
        />
      </section>
    </div>
  );
}
