/** The form of the selected node: one field for each input pin. */
import { useState, type ReactNode } from "react";

import { nodeTitle, spacedName } from "../graph/names";
import { hasSettings } from "../graph/settings";
import { inputRows, isFoldable, NO_LINKS, type InputRow } from "../graph/pins";
import { Field } from "../forms/Field";
import type { Block, Finding, GraphNode } from "../graph/types";
import { extraPinsOf, NO_FINDINGS } from "../canvas/state";
import { Icon } from "../ui/Icon";
import { AgentPicker } from "./AgentPicker";
import { useActions, useBuilderState } from "./context";
import { LinkedFrom, LinkFrom } from "./LinkFrom";
import { NodeSettings } from "./NodeSettings";

interface Props {
  node: GraphNode;
  block: Block | undefined;
}

export function ConfigurePanel({ node, block }: Props): ReactNode {
  const links = useBuilderState((state) => state.linksOf.get(node.id) ?? NO_LINKS);
  const extra = useBuilderState((state) => extraPinsOf(state, node.id, "input"));
  const findings = useBuilderState((state) => state.findingsOf.get(node.id) ?? NO_FINDINGS);
  const [isUnfolded, setIsUnfolded] = useState(false);
  const rows = inputRows(node, block, links, extra);
  const shown = rows.filter((row) => !isFoldable(row));
  const folded = rows.filter(isFoldable);
  const general = findings.filter((item) => !rows.some((row) => row.name === item.pin));
  return (
    <div className="configure">
      <NameField node={node} block={block} />
      {block?.kind === "Agent" && <AgentPicker node={node} />}
      {general.map((finding, place) => (
        <FindingLine key={place} finding={finding} />
      ))}
      {shown.map((row) => (
        <PinField key={row.name} node={node} row={row} findings={findings} />
      ))}
      {rows.length === 0 && block?.kind !== "Agent" && <p className="quiet">This block takes no input.</p>}
      {folded.length > 0 && (
        <button
          type="button"
          className="fold-button"
          aria-expanded={isUnfolded}
          onClick={() => setIsUnfolded(!isUnfolded)}
        >
          <Icon name="chevron" size={12} /> Advanced ({folded.length})
        </button>
      )}
      {isUnfolded &&
        folded.map((row) => (
          <PinField key={row.name} node={node} row={row} findings={findings} />
        ))}
      {hasSettings(block) && <NodeSettings node={node} block={block} />}
    </div>
  );
}

function NameField({ node, block }: Props): ReactNode {
  const actions = useActions();
  const custom = node.metadata.customized_name ?? "";
  return (
    <Field
      label="Name"
      help={
        block
          ? `Block: ${spacedName(block.name)}`
          : `Block ${node.block_id} is not installed. Its data is kept.`
      }
      error=""
      schema={{ type: "string" }}
      value={custom}
      fallback=""
      placeholder={nodeTitle({ ...node, metadata: {} }, block)}
      set={(name) => actions.rename(node.id, String(name))}
      clear={() => actions.rename(node.id, "")}
    />
  );
}

interface PinFieldProps {
  node: GraphNode;
  row: InputRow;
  findings: readonly Finding[];
}

function PinField({ node, row, findings }: PinFieldProps): ReactNode {
  const actions = useActions();
  const finding = findings.find((item) => item.pin === row.name);
  const text = finding ? [finding.message, finding.hint].filter(Boolean).join(" ") : "";
  const isWrong = finding?.severity === "error";
  if (row.linked) {
    return <LinkedFrom node={node} row={row} problem={text} />;
  }
  const isSet = row.constant !== undefined;
  return (
    <Field
      label={row.inside ? row.name.replace(/_[#$@]_/g, ".") : row.label}
      help={row.description}
      error={isWrong ? text : ""}
      warning={isWrong ? "" : text}
      schema={row.schema}
      secret={row.secret}
      required={row.required}
      placeholder={row.placeholder}
      value={row.constant}
      fallback={row.default}
      mark={<span className={`pin-mark pin-mark--${row.type}`} title={row.type} />}
      aside={
        <>
          {isSet && (
            <button
              type="button"
              className="link-button"
              onClick={() => actions.clearConstant(node.id, row.name)}
            >
              {row.inside ? "Remove" : "Reset"}
            </button>
          )}
          <LinkFrom node={node} row={row} />
        </>
      }
      set={(value) => actions.setConstant(node.id, row.name, value)}
      clear={() => actions.clearConstant(node.id, row.name)}
    />
  );
}

export function FindingLine({ finding }: { finding: Finding }): ReactNode {
  return (
    <p className={`finding finding--${finding.severity}`}>
      <Icon name={finding.severity === "info" ? "info" : "alert"} size={14} />
      <span>
        {finding.message} {finding.hint && <span className="quiet">{finding.hint}</span>}
      </span>
    </p>
  );
}
