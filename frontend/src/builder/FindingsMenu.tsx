/** How many findings there are; opens their list, a click goes to the node. */
import { useState, type ReactNode } from "react";

import { countOf, sorted } from "../graph/findings";
import { nodeTitle } from "../graph/names";
import type { Finding } from "../graph/types";
import { count } from "../live/words";
import { Icon } from "../ui/Icon";
import { useBuilderState, useSaver } from "./context";
import { useReveal } from "./useReveal";
import { FindingLine } from "./ConfigurePanel";

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
  const nodes = useBuilderState((state) => state.nodes);
  const blocks = useBuilderState((state) => state.blocks);
  const reveal = useReveal();
  const titleOf = (id: string | null) => {
    const node = nodes.find((other) => other.id === id);
    return node ? nodeTitle(node, blocks.get(node.block_id)) : "The agent";
  };
  const go = (finding: Finding) => {
    if (finding.node_id) reveal(finding.node_id);
    close();
  };
  return (
    <div
      className="popup__list"
      role="dialog"
      aria-label="Findings"
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      {findings.length === 0 && <p className="quiet">The agent can run as it is drawn.</p>}
      {sorted(findings).map((finding, place) => (
        <button
          type="button"
          className="popup__item"
          key={place}
          autoFocus={place === 0}
          onClick={() => go(finding)}
        >
          <span className="popup__where">
            {titleOf(finding.node_id)}
            {finding.pin && <span className="mono"> · {finding.pin}</span>}
          </span>
          <FindingLine finding={finding} />
        </button>
      ))}
    </div>
  );
}
