/** What could be better about the agent, and the buttons that make it so. */
import { useEffect, useState, type ReactNode } from "react";

import { api } from "../api/client";
import { inWords } from "../graph/findings";
import { fixWords, withFix } from "../graph/fixes";
import type { Fix, Suggestion } from "../graph/types";
import { Icon } from "../ui/Icon";
import { useActions, useBuilderState, useSaver } from "./context";

/** One click, one step of the history; what it mended is looked up again at once. */
export function FixButton({ fix }: { fix: Fix | null }): ReactNode {
  const { rewrite } = useActions();
  const saver = useSaver();
  const [isDone, setIsDone] = useState(false);
  if (!fix) return null;
  if (isDone) {
    return (
      <span className="popup__done" role="status">
        <Icon name="check" size={12} /> Done, Ctrl Z undoes it
      </span>
    );
  }
  const apply = () => {
    rewrite((draft) => withFix(draft, fix));
    setIsDone(true);
    void saver.flush();
  };
  return (
    <button type="button" className="button" onClick={apply}>
      {fixWords(fix)}
    </button>
  );
}

interface Props {
  go: (nodeId: string | null) => void;
}

export function Suggestions({ go }: Props): ReactNode {
  const found = useSuggestions();
  const words = useWords();
  if (found === null) return null;
  return (
    <section className="popup__section" aria-label="Suggestions">
      <h3>Could be better</h3>
      {found.length === 0 && <p className="popup__calm">Nothing to suggest.</p>}
      {found.map((one) => (
        <div className="popup__row" key={`${one.rule} ${one.node_ids.join(" ")}`}>
          <button
            type="button"
            className="popup__item"
            onClick={() => go(one.node_ids[0] ?? null)}
          >
            <span className="finding finding--info">
              <Icon name="info" size={14} />
              <span>
                {words(one)} <span className="quiet">{one.hint}</span>
              </span>
            </span>
          </button>
          <FixButton fix={one.fix} />
        </div>
      ))}
    </section>
  );
}

/** With the titles of the nodes it speaks of. */
function useWords(): (one: Suggestion) => string {
  const nodes = useBuilderState((state) => state.nodes);
  const blocks = useBuilderState((state) => state.blocks);
  return ({ message, node_ids }) =>
    nodes
      .filter(({ id }) => node_ids.includes(id))
      .reduce((text, node) => inWords(text, node, blocks.get(node.block_id)), message);
}

/** Asked for again after each save; null while there is no answer, or none can be had. */
function useSuggestions(): readonly Suggestion[] | null {
  const graphId = useBuilderState((state) => state.graphId);
  const saved = useBuilderState((state) => state.etag);
  const [found, setFound] = useState<readonly Suggestion[] | null>(null);
  useEffect(() => {
    let isWanted = true;
    // Without them the list is as useful; the next save asks again.
    const show = (all: Suggestion[]) => isWanted && setFound(all);
    void api.suggestions(graphId).then(show, () => undefined);
    return () => {
      isWanted = false;
    };
  }, [graphId, saved]);
  return found;
}
