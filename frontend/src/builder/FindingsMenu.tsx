/** How many findings there are; opens their list, where a click goes to the node. */
import { useState, type ReactNode } from "react";

import { countOf, grouped, sorted } from "../graph/findings";
import { nodeTitle } from "../graph/names";
import type { Finding } from "../graph/types";
import { count } from "../live/words";
import { Icon } from "../ui/Icon";
import { FindingLine } from "./ConfigurePanel";
import { useBuilderState, useSaver } from "./context";
import { FixButton, Suggestions } from "./Suggestions";
import { useReveal } from "./useReveal";

function words(findings: readonly Finding[]): string {
  const errors = countOf(findings, "error");
  const warnings = countOf(findings, "warning");
  if (errors > 0) return count(errors, "error");
  return warnings > 0 ? count(warnings, "warning") : "No problems";
}

function toneOf(findings: readonly Finding[]): string {
  if (countOf(findings, "error") > 0) return "error";
  return countOf(findings, "warning") > 0 ? "warning" : "fine";
}

export function FindingsMenu(): ReactNode {
  const findings = useBuilderState((state) => state.findings);
  const saver = useSaver();
  const [isOpen, setIsOpen] = useState(false);
  const toggle = () => {
    if (!isOpen) void saver.flush();
    setIsOpen(!isOpen);
  };
  const isEmpty = useBuilderState((state) => state.nodes.length === 0);
  // Nothing is wrong with a page that nobody has drawn on yet.
  const tone = isEmpty ? "fine" : toneOf(findings);
  const label = isEmpty ? "Nothing drawn yet" : words(findings);
  return (
    <div className="popup">
      <button
        type="button"
        className={`button findings-button findings-button--${tone}`}
        data-testid="findings-button"
        data-errors={countOf(findings, "error")}
        aria-label={label}
        aria-expanded={isOpen}
        onClick={toggle}
      >
        <Icon name={isEmpty ? "info" : tone === "fine" ? "check" : "alert"} size={14} />
        <span>{label}</span>
      </button>
      {isOpen && <FindingsList findings={findings} close={() => setIsOpen(false)} />}
    </div>
  );
}

interface ListProps {
  findings: readonly Finding[];
  close: () => void;
}

function FindingsList({ findings, close }: ListProps): ReactNode {
  const reveal = useReveal();
  const go = (id: string | null) => {
    if (id) reveal(id);
    close();
  };
  return (
    <div
      className="popup__list"
      role="dialog"
      aria-label="Findings"
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      {countOf(findings, "error") === 0 && (
        <p className="popup__calm">
          <Icon name="check" size={14} /> The agent can run as it is drawn.
        </p>
      )}
      {grouped(sorted(findings)).map(({ nodeId, findings: own }, place) => (
        <FindingGroup key={nodeId ?? ""} nodeId={nodeId} findings={own} go={go} isFirst={place === 0} />
      ))}
      <Suggestions go={go} />
    </div>
  );
}

interface GroupProps {
  nodeId: string | null;
  findings: readonly Finding[];
  go: (id: string | null) => void;
  isFirst: boolean;
}

function FindingGroup({ nodeId, findings, go, isFirst }: GroupProps): ReactNode {
  const title = useTitle(nodeId);
  return (
    <div className="popup__group" role="group" aria-label={title}>
      <h3 className="popup__where">{title}</h3>
      {findings.map((finding, place) => (
        <div className="popup__row" key={keyOf(finding, place)}>
          <button
            type="button"
            className="popup__item"
            autoFocus={isFirst && place === 0}
            onClick={() => go(nodeId)}
          >
            <FindingLine finding={finding} />
          </button>
          <FixButton fix={finding.fix ?? null} />
        </div>
      ))}
    </div>
  );
}

function keyOf({ rule, pin, link_id }: Finding, place: number): string {
  return [rule, pin, link_id ?? place].join(" ");
}

function useTitle(nodeId: string | null): string {
  const node = useBuilderState((state) => state.nodes.find(({ id }) => id === nodeId));
  const blocks = useBuilderState((state) => state.blocks);
  return node ? nodeTitle(node, blocks.get(node.block_id)) : "The agent";
}
