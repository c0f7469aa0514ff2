/** Links by keyboard: where a pin's values come from, and choosing such a place. */
import { useState, type ReactNode } from "react";

import { judge } from "../canvas/flow";
import { extraPinsOf } from "../canvas/state";
import { blockFor } from "../graph/agents";
import { nodeTitle } from "../graph/names";
import { NO_LINKS, outputRows, type InputRow } from "../graph/pins";
import type { GraphNode } from "../graph/types";
import { Icon } from "../ui/Icon";
import { useActions, useBuilderState, useBuilderStore } from "./context";
import type { BuilderState } from "./state";

interface Props {
  node: GraphNode;
  row: InputRow;
}

export function LinkedFrom({ node, row, problem }: Props & { problem: string }): ReactNode {
  const actions = useActions();
  const links = useBuilderState((state) => state.linksOf.get(node.id) ?? NO_LINKS);
  const nodes = useBuilderState((state) => state.nodes);
  const blocks = useBuilderState((state) => state.blocks);
  const sources = links.incoming.filter((link) => link.sink_name === row.name);
  const titleOf = (id: string) => {
    const source = nodes.find((other) => other.id === id);
    return source ? nodeTitle(source, blocks.get(source.block_id)) : "a missing node";
  };
  const unlink = (id: string) =>
    actions.rewrite((draft) => ({
      ...draft,
      links: draft.links.filter((link) => link.id !== id),
    }));
  return (
    <div className="form-field">
      <div className="form-field__top">
        <span className={`pin-mark pin-mark--${row.type}`} title={row.type} data-linked />
        <span className="form-field__label">{row.label}</span>
        <span className="form-field__aside">
          <LinkFrom node={node} row={row} />
        </span>
      </div>
      {sources.map((link) => (
        <div className="linked-from" key={link.id}>
          <Icon name="link" size={14} />
          <span>
            linked from{" "}
            <button
              type="button"
              className="link-button"
              onClick={() => actions.select([link.source_id])}
            >
              {titleOf(link.source_id)}
            </button>{" "}
            · {link.source_name}
          </span>
          <button
            type="button"
            className="icon-button"
            aria-label={`Remove the link from ${titleOf(link.source_id)}`}
            onClick={() => unlink(link.id)}
          >
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
      <p className={problem ? "form-field__error" : "form-field__help"}>
        {problem || row.description}
      </p>
    </div>
  );
}

interface Offer {
  key: string;
  title: string;
  source: string;
  pin: string;
}

/** A menu of the outputs that fit; made only when opened, since graphs can be large. */
export function LinkFrom({ node, row }: Props): ReactNode {
  const store = useBuilderStore();
  const actions = useActions();
  const [offers, setOffers] = useState<Offer[] | null>(null);
  const choose = (key: string) => {
    const offer = offers?.find((other) => other.key === key);
    setOffers(null);
    if (!offer) return;
    actions.connect({
      source: offer.source,
      sourceHandle: offer.pin,
      target: node.id,
      targetHandle: row.name,
    });
  };
  if (offers === null) {
    return (
      <button
        type="button"
        className="link-button"
        onClick={() => setOffers(offersFor(store.get(), node, row))}
      >
        Link…
      </button>
    );
  }
  return (
    <select
      className="link-menu"
      autoFocus
      aria-label={`Link ${row.label} from`}
      value=""
      onChange={(event) => choose(event.target.value)}
      onBlur={() => setOffers(null)}
    >
      <option value="">{offers.length > 0 ? "Link from…" : "No output fits"}</option>
      {offers.map((offer) => (
        <option key={offer.key} value={offer.key}>
          {offer.title} · {offer.pin}
        </option>
      ))}
    </select>
  );
}

function offersFor(state: BuilderState, sink: GraphNode, row: InputRow): Offer[] {
  return state.nodes
    .filter((node) => node.id !== sink.id)
    .flatMap((node) => {
      const block = blockFor(node, state.blocks);
      const links = state.linksOf.get(node.id) ?? NO_LINKS;
      const pins = outputRows(block, links, extraPinsOf(state, node.id, "output"));
      return pins.map((pin) => ({
        key: `${node.id} ${pin.name}`,
        title: nodeTitle(node, block),
        source: node.id,
        pin: pin.name,
      }));
    })
    .filter((offer) => {
      const ends = {
        source: offer.source,
        sourceHandle: offer.pin,
        target: sink.id,
        targetHandle: row.name,
      };
      return judge(ends, state).level !== "mismatch";
    });
}
