/** A link: in its pin's colour, dashed when static, with a pulse for each value. */
import { getBezierPath, type EdgeProps } from "@xyflow/react";
import { memo, type ReactNode } from "react";

import { basePin } from "../graph/dynamic-pins";
import { preview } from "../live/words";
import type { FlowEdge } from "./flow";
import { useCanvas } from "./state";

export const LinkEdge = memo(function LinkEdge(props: EdgeProps<FlowEdge>): ReactNode {
  const { data, source, selected } = props;
  const pin = basePin(data?.link.source_name ?? "");
  const output = useCanvas((state) => state.live.nodes[source]?.outputs[pin]);
  const [path] = getBezierPath(props);
  if (!data) return null;
  const { link, type, broken } = data;
  return (
    <g
      className={`link link--${type}`}
      data-static={link.is_static}
      data-broken={broken !== ""}
      data-selected={selected}
      data-fired={output !== undefined}
      data-link={link.id}
    >
      <path className="link__hit react-flow__edge-interaction" d={path} fill="none" />
      <path className="link__line react-flow__edge-path" d={path} fill="none" />
      {link.is_static && (
        <circle className="link__anchor" cx={props.sourceX + 6} cy={props.sourceY} r={3} />
      )}
      {output && (
        <path key={output.count} className="link__pulse" d={path} fill="none" pathLength={1} />
      )}
      <title>{hint(link.source_name, link.sink_name, link.is_static, broken, output)}</title>
    </g>
  );
});

function hint(
  from: string,
  to: string,
  isStatic: boolean,
  broken: string,
  output: { value: Parameters<typeof preview>[0]; count: number } | undefined,
): string {
  const ends = `${from} → ${to}${isStatic ? " (dashed: it keeps its last value for every firing)" : ""}`;
  if (broken) return `${ends}\n${broken}`;
  return output ? `${ends}\n${output.count}× last: ${preview(output.value)}` : ends;
}
