/** The blocks to choose from: search, groups, drag or Enter to add. */
import { useMemo, useRef, useState, type DragEvent, type KeyboardEvent, type ReactNode } from "react";

import { groupBlocks, kebab, searchBlocks, spacedName, tintOf } from "../graph/names";
import type { Block } from "../graph/types";
import { Icon } from "../ui/Icon";
import { useBuilderState } from "./context";
import { recentBlocks } from "./recent";

export const BLOCK_MIME = "application/x-agent-block";

interface Props {
  add: (block: Block) => void;
}

export function Palette({ add }: Props): ReactNode {
  const known = useBuilderState((state) => state.blocks);
  const [query, setQuery] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const blocks = useMemo(() => [...known.values()], [known]);
  const found = useMemo(() => searchBlocks(blocks, query), [blocks, query]);
  const groups = useMemo(
    () => (query.trim() ? [{ category: "Found", blocks: found }] : groupBlocks(found)),
    [found, query],
  );
  const recent = useRecent(known);

  const onKeyDown = (event: KeyboardEvent) => {
    const [first] = found;
    if (event.key === "Enter" && query.trim() && first) add(first);
    if (event.key === "ArrowDown") focusItem(list.current, 0);
    if (event.key === "Escape") setQuery("");
    if (event.key === "ArrowDown" || event.key === "Enter") event.preventDefault();
  };

  return (
    <aside className="palette" aria-label="Blocks">
      <div className="palette__search">
        <Icon name="search" size={14} />
        <input
          type="search"
          data-testid="palette-search"
          placeholder="Search blocks"
          aria-label="Search blocks"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <kbd>/</kbd>
      </div>
      <div className="palette__list" ref={list}>
        {found.length === 0 && <p className="quiet">No block fits “{query}”.</p>}
        {recent.length > 0 && !query.trim() && (
          <section aria-label="Recent">
            <h3 className="palette__group">Recent</h3>
            {recent.map((block) => (
              <Item key={block.id} block={block} add={add} place="recent" />
            ))}
          </section>
        )}
        {groups.map((group) => (
          <section key={group.category} aria-label={group.category}>
            <h3 className="palette__group">{group.category}</h3>
            {group.blocks.map((block) => (
              <Item key={block.id} block={block} add={add} place="item" />
            ))}
          </section>
        ))}
      </div>
    </aside>
  );
}

/** Read again whenever the graph changes size: that is when a block was added. */
function useRecent(known: ReadonlyMap<string, Block>): Block[] {
  const size = useBuilderState((state) => state.nodes.length);
  return useMemo(
    () => recentBlocks().flatMap((id) => known.get(id) ?? []),
    [known, size],
  );
}

interface ItemProps {
  block: Block;
  add: (block: Block) => void;
  /** A recent block is listed twice; its group tells the two apart. */
  place: "recent" | "item";
}

function Item({ block, add, place }: ItemProps): ReactNode {
  const onDragStart = (event: DragEvent) => {
    event.dataTransfer.setData(BLOCK_MIME, block.id);
    event.dataTransfer.effectAllowed = "copy";
  };
  return (
    <button
      type="button"
      draggable
      className={`palette__item tint--${tintOf(block)}`}
      data-testid={`palette-${place}-${kebab(block.name)}`}
      title={block.description}
      onDragStart={onDragStart}
      onClick={() => add(block)}
      onKeyDown={moveFocus}
    >
      <span className="palette__icon">
        <Icon name={tintOf(block)} size={14} />
      </span>
      <span className="palette__text">
        <span className="palette__name">{spacedName(block.name)}</span>
        <span className="palette__about">{block.description}</span>
      </span>
    </button>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

function moveFocus(event: KeyboardEvent<HTMLButtonElement>): void {
  const step = STEPS[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const list = event.currentTarget.closest(".palette__list");
  const items = [...(list?.querySelectorAll("button") ?? [])];
  focusItem(list, items.indexOf(event.currentTarget) + step);
}

function focusItem(list: Element | null, place: number): void {
  const items = list?.querySelectorAll<HTMLButtonElement>("button");
  if (place < 0) document.querySelector<HTMLElement>(SEARCH)?.focus();
  else items?.[place]?.focus();
}

export const SEARCH = '[data-testid="palette-search"]';
