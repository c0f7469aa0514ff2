/** One row for each node, one bar for each firing. */
import { useMemo, type ReactNode } from "react";

import { ticks, timeline, type Firing, type TimelineRow } from "../live/firings";
import type { RunEvent } from "../live/view";
import { count, duration, statusWord, type NameOf } from "../live/words";

const LANE_PX = 12;
const MOST_LANES = 8;
const MOST_BARS = 400;
const NARROWEST_BAR = 0.25;

interface Props {
  events: readonly RunEvent[];
  nameOf: NameOf;
  showNode: (id: string) => void;
}

export function Timeline({ events, nameOf, showNode }: Props): ReactNode {
  const data = useMemo(() => timeline(events), [events]);
  if (data.rows.length === 0) return <p className="quiet">No node has run yet.</p>;
  const lastEvent = events.at(-1)?.at ?? data.start;
  const span = Math.max(1, (data.end ?? lastEvent) - data.start);
  return (
    <div className="timeline" role="table" aria-label="Timeline">
      <div className="timeline__row timeline__axis" role="row">
        <span role="columnheader">Node</span>
        <Axis span={span} />
      </div>
      {data.rows.map((row) => (
        <Row
          key={row.nodeId}
          row={row}
          start={data.start}
          span={span}
          name={nameOf(row.nodeId)}
          show={() => showNode(row.nodeId)}
        />
      ))}
    </div>
  );
}

function Axis({ span }: { span: number }): ReactNode {
  return (
    <svg className="timeline__ticks" height={24} role="columnheader" aria-label="Time">
      {ticks(span).map((mark) => (
        <text key={mark} x={`${(mark / span) * 100}%`} y={16} textAnchor={anchor(mark, span)}>
          {duration(mark)}
        </text>
      ))}
    </svg>
  );
}

function anchor(mark: number, span: number): "start" | "middle" | "end" {
  if (mark === 0) return "start";
  return mark / span > 0.95 ? "end" : "middle";
}

interface RowProps {
  row: TimelineRow;
  start: number;
  span: number;
  name: string;
  show: () => void;
}

function Row({ row, start, span, name, show }: RowProps): ReactNode {
  const lanes = Math.min(row.lanes, MOST_LANES);
  const shown = row.firings.slice(-MOST_BARS);
  const height = lanes * LANE_PX + 8;
  return (
    <div className="timeline__row" role="row">
      <span className="timeline__name" role="rowheader" title={name}>
        <button type="button" className="name-button" onClick={show}>
          {name}
        </button>
        <span className="quiet">{row.firings.length > 1 && `×${row.firings.length}`}</span>
        <span className="timeline__took">{duration(worked(row, start + span))}</span>
      </span>
      <svg className="timeline__bars" height={height} role="cell" aria-label={describe(row)}>
        {ticks(span).map((mark) => {
          const x = `${(mark / span) * 100}%`;
          return <line key={mark} x1={x} x2={x} y1={0} y2={height} />;
        })}
        {shown.map((firing) => (
          <Bar key={firing.number} firing={firing} start={start} span={span} lanes={lanes} />
        ))}
        {shown.map((firing) => (
          <Retries key={firing.number} firing={firing} start={start} span={span} lanes={lanes} />
        ))}
      </svg>
    </div>
  );
}

/** From the first start to the last end, as the bars show it. */
function worked({ firings }: TimelineRow, now: number): number {
  const starts = firings.map((firing) => firing.started);
  const ends = firings.map((firing) => firing.ended ?? now);
  const latest = ends.reduce((a, b) => Math.max(a, b), 0);
  return latest - starts.reduce((a, b) => Math.min(a, b), latest);
}

function describe(row: TimelineRow): string {
  const failed = row.firings.filter((firing) => firing.state === "failed").length;
  const failures = failed > 0 ? `, ${failed} failed` : "";
  return `${count(row.firings.length, "firing")}${failures}`;
}

interface BarProps {
  firing: Firing;
  start: number;
  span: number;
  lanes: number;
}

function Bar({ firing, start, span, lanes }: BarProps): ReactNode {
  const until = firing.ended ?? start + span;
  const width = Math.max(NARROWEST_BAR, ((until - firing.started) / span) * 100);
  const x = Math.min(100 - NARROWEST_BAR, ((firing.started - start) / span) * 100);
  return (
    <rect
      className="timeline__bar"
      data-state={firing.state}
      data-reused={firing.isReused}
      x={`${x}%`}
      y={4 + (firing.lane % lanes) * LANE_PX}
      width={`${width}%`}
      height={LANE_PX - 2}
      rx={3}
    >
      <title>{tip(firing, start, until)}</title>
    </rect>
  );
}

/** A mark where an attempt failed and another one followed. */
function Retries({ firing, start, span, lanes }: BarProps): ReactNode {
  const y = 4 + (firing.lane % lanes) * LANE_PX;
  return firing.retries.map((at) => (
    <circle
      key={at}
      className="timeline__retry"
      cx={`${((at - start) / span) * 100}%`}
      cy={y + LANE_PX / 2 - 1}
      r={3.5}
    >
      <title>An attempt failed {duration(at - start)} into the run</title>
    </circle>
  ));
}

function tip(firing: Firing, start: number, until: number): string {
  const how = firing.isReused ? "reused from an earlier run" : statusWord(firing.state).toLowerCase();
  const attempts = firing.attempts > 1 ? `, ${firing.attempts} attempts` : "";
  return [
    `Firing ${firing.number}: ${how}${attempts}`,
    `${duration(until - firing.started)}, from ${duration(firing.started - start)}`,
    count(firing.emissions, "value") + " sent",
  ].join("\n");
}
