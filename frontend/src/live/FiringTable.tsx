/** The node executions of a run as a table with the values of the chosen one. */
import { Fragment, useState, type ReactNode } from "react";

import type { Json, NodeExecution } from "../graph/types";
import { StateChip } from "../ui/StateChip";
import { ValueView } from "../ui/ValueView";
import { FiringStory } from "./FiringStory";
import type { RunEvent } from "./view";
import { duration, preview } from "./words";

const PAGE = 100;

interface Props {
  firings: readonly NodeExecution[];
  /** Of the run; they tell of the attempts. */
  events: readonly RunEvent[];
  /** Both are given where the table mixes nodes. */
  nameOf?: (nodeId: string) => string;
  showNode?: (nodeId: string) => void;
}

export function FiringTable({ firings, events, nameOf, showNode }: Props): ReactNode {
  const [openId, setOpenId] = useState<string | null>(null);
  const [most, setMost] = useState(PAGE);
  return (
    <>
      <table className="firings">
        <thead>
          <tr>
            {nameOf && <th scope="col">Node</th>}
            <th scope="col">Firing</th>
            <th scope="col">State</th>
            <th scope="col">Attempt</th>
            <th scope="col" className="firings__number">
              Took
            </th>
            {nameOf && <th scope="col">Inputs</th>}
            {nameOf && <th scope="col">Outputs</th>}
          </tr>
        </thead>
        <tbody>
          {firings.slice(0, most).map((firing) => (
            <Fragment key={firing.id}>
              <FiringRow
                firing={firing}
                isOpen={firing.id === openId}
                toggle={() => setOpenId(firing.id === openId ? null : firing.id)}
                {...(nameOf ? { name: nameOf(firing.node_id) } : {})}
                showNode={() => showNode?.(firing.node_id)}
              />
              {firing.id === openId && (
                <tr className="firings__detail">
                  <td colSpan={nameOf ? 7 : 4}>
                    <FiringDetail firing={firing} events={events} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
      {firings.length > most && (
        <button type="button" className="link-button" onClick={() => setMost(most + PAGE)}>
          Show more of {firings.length.toLocaleString("en")}
        </button>
      )}
    </>
  );
}

interface RowProps {
  firing: NodeExecution;
  name?: string;
  isOpen: boolean;
  toggle: () => void;
  showNode: () => void;
}

function FiringRow({ firing, name, isOpen, toggle, showNode }: RowProps): ReactNode {
  const label = `Firing ${firing.number}`;
  return (
    <tr className="firings__row" data-open={isOpen} onClick={toggle}>
      {name !== undefined && (
        <td className="firings__name">
          <button type="button" className="name-button" onClick={showNode}>
            {name}
          </button>
        </td>
      )}
      <td>
        <button type="button" className="link-button" aria-expanded={isOpen} aria-label={label}>
          {firing.number}
        </button>
      </td>
      <td>
        <StateChip status={firing.reused_from ? "REUSED" : firing.status} />
      </td>
      <td>{firing.attempt}</td>
      <td className="firings__number">{took(firing)}</td>
      {name !== undefined && <Glance pairs={Object.entries(firing.inputs)} />}
      {name !== undefined && <Glance pairs={firing.outputs} error={firing.error?.message} />}
    </tr>
  );
}

const GLANCE_PINS = 4;
const GLANCE_LENGTH = 60;

interface GlanceProps {
  pairs: readonly (readonly [string, Json])[];
  error?: string | undefined;
}

/** The values on one line; the row opens for all of them. */
function Glance({ pairs, error }: GlanceProps): ReactNode {
  return (
    <td className="firings__glance">
      {error && <span className="firings__error">{preview(error)}</span>}
      {!error && pairs.length === 0 && "–"}
      {!error &&
        pairs.slice(0, GLANCE_PINS).map(([pin, value], place) => (
          <span key={place}>
            <span className="firings__pin">{pin}</span> {preview(value, GLANCE_LENGTH)}
          </span>
        ))}
    </td>
  );
}

function took({ started_at, ended_at }: NodeExecution): string {
  if (!started_at || !ended_at) return "–";
  return duration(Date.parse(ended_at) - Date.parse(started_at));
}

interface DetailProps {
  firing: NodeExecution;
  events: readonly RunEvent[];
}

function FiringDetail({ firing, events }: DetailProps): ReactNode {
  return (
    <div className="firing">
      {firing.error && (
        <p className="finding finding--error">
          <span>
            <strong className="mono">{firing.error.code}</strong> {firing.error.message}
          </span>
        </p>
      )}
      <FiringStory firing={firing} events={events} />
      <h4>Inputs</h4>
      <Values pairs={Object.entries(firing.inputs)} />
      <h4>Outputs</h4>
      <Values pairs={firing.outputs} />
    </div>
  );
}

const MOST_VALUES = 50;

function Values({ pairs }: { pairs: readonly (readonly [string, Json])[] }): ReactNode {
  if (pairs.length === 0) return <p className="quiet">None.</p>;
  return (
    <>
      {pairs.slice(0, MOST_VALUES).map(([pin, value], place) => (
        <div className="firing__value" key={place}>
          <span className="mono quiet">{pin}</span>
          <ValueView value={value} />
        </div>
      ))}
      {pairs.length > MOST_VALUES && (
        <p className="quiet">and {(pairs.length - MOST_VALUES).toLocaleString("en")} more</p>
      )}
    </>
  );
}
