/** What a right click on a node offers. */
import { useEffect, useRef, type ReactNode } from "react";

export interface MenuPlace {
  nodeId: string;
  x: number;
  y: number;
}

export interface MenuItem {
  label: string;
  act: () => void;
}

interface Props {
  place: MenuPlace;
  items: readonly MenuItem[];
  close: () => void;
}

export function NodeMenu({ place, items, close }: Props): ReactNode {
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Positions are set here: the page's security policy allows no style attribute.
    const box = menu.current;
    box?.style.setProperty("left", `${Math.min(place.x, window.innerWidth - box.offsetWidth)}px`);
    box?.style.setProperty("top", `${Math.min(place.y, window.innerHeight - box.offsetHeight)}px`);
    box?.querySelector("button")?.focus();
  }, [place]);
  useEffect(() => {
    const onPointer = (event: PointerEvent) => {
      if (!menu.current?.contains(event.target as Node)) close();
    };
    document.addEventListener("pointerdown", onPointer, true);
    return () => document.removeEventListener("pointerdown", onPointer, true);
  }, [close]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Escape") close();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = [...(menu.current?.querySelectorAll("button") ?? [])];
    const now = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(now + step + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div className="node-menu" role="menu" aria-label="Node" ref={menu} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          className="node-menu__item"
          onClick={() => {
            close();
            item.act();
          }}
        >
          {item.label}
        </button>
      ))}
    </div>
  );
}
