/** The size of a panel or the drawer, changed by its grip and kept for the next visit. */
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type RefObject } from "react";

export interface Sizing {
  /** The custom property that the style sheet reads; the size is kept under its name. */
  property: `--${string}`;
  label: string;
  /** The edge that moves. */
  edge: "left" | "top";
  smallest: number;
  largest: number;
  usual: number;
}

export const PANEL: Sizing = {
  property: "--panel-width",
  label: "Width of the panel",
  edge: "left",
  smallest: 320,
  largest: 720,
  usual: 400,
};

export const DRAWER: Sizing = {
  property: "--drawer-height",
  label: "Height of the drawer",
  edge: "top",
  smallest: 120,
  largest: 640,
  usual: 224,
};

const STEP = 16;

const GROWS: Readonly<Record<string, Sizing["edge"]>> = { ArrowLeft: "left", ArrowUp: "top" };
const SHRINKS: Readonly<Record<string, Sizing["edge"]>> = {
  ArrowRight: "left",
  ArrowDown: "top",
};

function storageKey({ property }: Sizing): string {
  return `builder.${property.slice(2)}`;
}

function clamp(size: number, { smallest, largest }: Sizing): number {
  return Math.round(Math.min(largest, Math.max(smallest, size)));
}

function stored(sizing: Sizing): number {
  try {
    return clamp(Number(localStorage.getItem(storageKey(sizing))) || sizing.usual, sizing);
  } catch {
    // Storage may be closed to the page; the size is then not kept.
    return sizing.usual;
  }
}

function keep(sizing: Sizing, size: number): void {
  try {
    localStorage.setItem(storageKey(sizing), String(size));
  } catch {
    return;
  }
}

interface Grip {
  role: "separator";
  tabIndex: 0;
  "aria-orientation": "vertical" | "horizontal";
  "aria-label": string;
  "aria-valuemin": number;
  "aria-valuemax": number;
  "aria-valuenow": number;
  onPointerDown: (event: PointerEvent<HTMLDivElement>) => void;
  onPointerMove: (event: PointerEvent<HTMLDivElement>) => void;
  onDoubleClick: () => void;
  onKeyDown: (event: KeyboardEvent<HTMLDivElement>) => void;
}

export function useGrip(sizing: Sizing): { grip: Grip; box: RefObject<HTMLElement | null> } {
  const box = useRef<HTMLElement>(null);
  const [size, setSize] = useState(() => stored(sizing));
  useEffect(() => {
    box.current?.style.setProperty(sizing.property, `${size}px`);
  }, [sizing, size]);
  const apply = (wanted: number) => {
    const next = clamp(wanted, sizing);
    setSize(next);
    keep(sizing, next);
  };
  return { box, grip: gripOf(sizing, size, box, apply) };
}

function gripOf(
  sizing: Sizing,
  now: number,
  box: RefObject<HTMLElement | null>,
  apply: (size: number) => void,
): Grip {
  const isUpright = sizing.edge === "left";
  return {
    role: "separator",
    tabIndex: 0,
    "aria-orientation": isUpright ? "vertical" : "horizontal",
    "aria-label": sizing.label,
    "aria-valuemin": sizing.smallest,
    "aria-valuemax": sizing.largest,
    "aria-valuenow": now,
    onPointerDown: (event) => event.currentTarget.setPointerCapture(event.pointerId),
    onPointerMove: (event) => {
      const rect = box.current?.getBoundingClientRect();
      if (!rect || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
      apply(isUpright ? rect.right - event.clientX : rect.bottom - event.clientY);
    },
    onDoubleClick: () => apply(sizing.usual),
    onKeyDown: (event) => {
      const rect = box.current?.getBoundingClientRect();
      const size = (isUpright ? rect?.width : rect?.height) ?? sizing.usual;
      if (GROWS[event.key] === sizing.edge) apply(size + STEP);
      if (SHRINKS[event.key] === sizing.edge) apply(size - STEP);
    },
  };
}
