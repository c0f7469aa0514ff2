/** The sections of the palette and what stands in them. */
import type { DragEvent, KeyboardEvent, ReactNode } from "react";

import { providersOf, providerWords } from "../graph/credentials";
import { kebab, tintOf } from "../graph/names";
import { itemName, type Item, type Section } from "../graph/palette";
import { Icon } from "../ui/Icon";

export const BLOCK_MIME = "application/x-agent-block";
export const SNIPPET_MIME = "application/x-agent-snippet";

/** One stop of Tab for the whole list: where the arrows last were. */
export interface TabStop {
  at: string;
  move: (key: string) => void;
}

interface SectionProps {
  section: Section;
  isOpen: boolean;
  toggle: () => void;
  add: (item: Item) => void;
  tabStop: TabStop;
}

export function PaletteSection(props: SectionProps): ReactNode {
  const { section, isOpen, toggle, add, tabStop } = props;
  const { title, canFold, items } = section;
  return (
    <section aria-label={title} data-section={title}>
      <h3 className="palette__group">
        {canFold ? <GroupButton {...{ section, isOpen, toggle, tabStop }} /> : title}
      </h3>
      {isOpen &&
        items.map((item) => <ItemButton key={item.key} {...{ item, add, tabStop }} />)}
    </section>
  );
}

function GroupButton(props: Omit<SectionProps, "add">): ReactNode {
  const { section, isOpen, toggle, tabStop } = props;
  const key = groupKey(section);
  const onKeyDown = (event: KeyboardEvent<HTMLButtonElement>) => {
    const wants = { ArrowRight: true, ArrowLeft: false }[event.key];
    if (wants !== undefined && wants !== isOpen) toggle();
    moveFocus(event);
  };
  return (
    <button
      type="button"
      className="palette__fold"
      aria-expanded={isOpen}
      tabIndex={tabStop.at === key ? 0 : -1}
      onFocus={() => tabStop.move(key)}
      onClick={toggle}
      onKeyDown={onKeyDown}
    >
      <Icon name="chevron" size={12} />
      {section.title}
      <span className="palette__count">{section.items.length}</span>
    </button>
  );
}

export function groupKey({ title }: Section): string {
  return `group ${title}`;
}

interface ItemProps {
  item: Item;
  add: (item: Item) => void;
  tabStop: TabStop;
}

function ItemButton({ item, add, tabStop }: ItemProps): ReactNode {
  const { tint, icon, about } = looksOf(item);
  return (
    <button
      type="button"
      draggable
      tabIndex={tabStop.at === item.key ? 0 : -1}
      className={`palette__item tint--${tint}`}
      data-testid={testId(item)}
      title={about}
      onFocus={() => tabStop.move(item.key)}
      onDragStart={(event) => carry(event, item)}
      onClick={() => add(item)}
      onKeyDown={moveFocus}
    >
      <span className="palette__icon">
        <Icon name={icon} size={14} />
      </span>
      <span className="palette__text">
        <span className="palette__name">{itemName(item)}</span>
        <span className="palette__about">{about}</span>
      </span>
      {item.kind === "block" && <KeyMark providers={providersOf(item.block)} />}
    </button>
  );
}

/** That the block signs in somewhere, and where. */
function KeyMark({ providers }: { providers: readonly string[] }): ReactNode {
  if (providers.length === 0) return null;
  const words = `Takes a credential for ${providerWords(providers)}`;
  return (
    <span className="palette__key" title={words}>
      <Icon name="key" size={12} />
      <span className="visually-hidden">{words}</span>
    </span>
  );
}

function looksOf(item: Item) {
  if (item.kind === "snippet") {
    const { description } = item.snippet;
    return { tint: "logic", icon: "snippet", about: description } as const;
  }
  const tint = tintOf(item.block);
  return { tint, icon: tint, about: item.block.description } as const;
}

/** A recent block is listed twice; its place tells the two apart. */
function testId(item: Item): string {
  const [place] = item.key.split(" ");
  return `palette-${place}-${item.kind === "block" ? kebab(item.block.name) : item.snippet.id}`;
}

function carry(event: DragEvent, item: Item): void {
  const [mime, id] =
    item.kind === "block" ? [BLOCK_MIME, item.block.id] : [SNIPPET_MIME, item.snippet.id];
  event.dataTransfer.setData(mime, id);
  event.dataTransfer.effectAllowed = "copy";
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

/** Above the first one is the search. */
export function focusItem(list: Element | null, place: number): void {
  const items = list?.querySelectorAll<HTMLButtonElement>("button");
  if (place < 0) document.querySelector<HTMLElement>(SEARCH)?.focus();
  else items?.[place]?.focus();
}

export const SEARCH = '[data-testid="palette-search"]';
