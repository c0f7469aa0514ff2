/** What the browser's tab says of a run: its state as a word in the title, and as a
 * badge of its own shape and colour on the icon, so that neither stands alone. */
import { useEffect } from "react";

import { statusWord } from "../live/words";

/** White strokes within a circle around 0 0 with radius 9. */
const SHAPE_OF: Readonly<Record<string, string>> = {
  queued: "M-4 0h.1M0 0h.1M4 0h.1",
  running: "M-2.5-4 3.5 0l-6 4z",
  waiting: "M-2.5-3.5v7M2.5-3.5v7",
  completed: "M-4 0l3 3 5-6",
  failed: "M-3.5-3.5l7 7M3.5-3.5l-7 7",
  cancelled: "M-4 0h8",
  timed_out: "M0-4.5V0l3.5 2.5",
};

export function tabTitle(status: string, page: string): string {
  return `${statusWord(status)} · ${page}`;
}

/** The icon of the site with the badge of the state, as an image's address. */
export function badgedIcon(status: string, tone: string): string {
  const shape = SHAPE_OF[status.toLowerCase()] ?? SHAPE_OF["queued"] ?? "";
  const image =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">` +
    `<rect width="32" height="32" rx="8" fill="#6050de"/>` +
    `<g fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round">` +
    `<path d="M8 8h4.5a4 4 0 0 1 4 4"/><circle cx="8" cy="8" r="2"/>` +
    `<g transform="translate(21 21)"><circle r="10" fill="${tone}"/>` +
    `<path stroke-linejoin="round" d="${shape}"/></g></g></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(image)}`;
}

/** The tone for light pages, whatever the theme: the shape upon it is white. */
function toneOf(status: string): string {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.colorScheme = "light";
  probe.style.color = `var(--state-${status.toLowerCase().replace("_", "-")})`;
  document.body.append(probe);
  const tone = getComputedStyle(probe).color;
  probe.remove();
  return tone;
}

export function useTabMark(status: string): void {
  useEffect(() => {
    const page = document.title;
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    const address = icon?.href ?? "";
    document.title = tabTitle(status, page);
    if (icon) icon.href = badgedIcon(status, toneOf(status));
    return () => {
      document.title = page;
      if (icon) icon.href = address;
    };
  }, [status]);
}
