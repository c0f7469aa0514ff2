/** What can be put into the agent: search, recent blocks, snippets, blocks by group. */
import { useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { searched, sectionsOf, type Item, type Section } from "../graph/palette";
import type { Block } from "../graph/types";
import { Icon } from "../ui/Icon";
import { useBuilderState } from "./context";
import { focusItem, groupKey, PaletteSection, type TabStop } from "./PaletteSections";
import { recentBlocks } from "./recent";
import { openGroups, rememberGroups } from "./remember";

interface Props {
  add: (item: Item) => void;
}

export function Palette({ add }: Props): ReactNode {
  const [query, setQuery] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const groups = useGroups();
  const sections = useSections(query);
  const isOpen = (section: Section) => !section.canFold || groups.open.has(section.title);
  const tabStop = useTabStop(sections, isOpen);

  const onKeyDown = (event: KeyboardEvent) => {
    const best = query.trim() ? sections[0]?.items[0] : undefined;
    if (event.key === "Enter" && best) add(best);
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
        {sections.length === 0 && <p className="quiet">Nothing fits “{query}”.</p>}
        {sections.map((section) => (
          <PaletteSection
            key={section.title}
            section={section}
            isOpen={isOpen(section)}
            toggle={() => groups.toggle(section.title)}
            add={add}
            tabStop={tabStop}
          />
        ))}
      </div>
    </aside>
  );
}

function useSections(query: string): Section[] {
  const known = useBuilderState((state) => state.blocks);
  const snippets = useBuilderState((state) => state.snippets);
  const recent = useRecent(known);
  const blocks = useMemo(() => [...known.values()], [known]);
  return useMemo(() => {
    const offered = { blocks, recent, snippets };
    return query.trim() ? searched(offered, query.trim()) : sectionsOf(offered);
  }, [blocks, recent, snippets, query]);
}

/** Read again whenever the graph changes size: that is when a block was added. */
function useRecent(known: ReadonlyMap<string, Block>): Block[] {
  const size = useBuilderState((state) => state.nodes.length);
  return useMemo(
    () => recentBlocks().flatMap((id) => known.get(id) ?? []),
    [known, size],
  );
}

function useGroups() {
  const [open, setOpen] = useState<ReadonlySet<string>>(openGroups);
  const toggle = (title: string) => {
    const next = new Set(open);
    if (!next.delete(title)) next.add(title);
    rememberGroups(next);
    setOpen(next);
  };
  return { open, toggle };
}

/** Where the arrows last were; else the first. */
function useTabStop(sections: Section[], isOpen: (section: Section) => boolean): TabStop {
  const [last, move] = useState("");
  const keys = sections.flatMap((section) => [
    ...(section.canFold ? [groupKey(section)] : []),
    ...(isOpen(section) ? section.items.map(({ key }) => key) : []),
  ]);
  return { at: keys.includes(last) ? last : (keys[0] ?? ""), move };
}
