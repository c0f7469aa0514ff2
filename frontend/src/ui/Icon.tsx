/** The small set of line icons, drawn on a 16 px grid. */
import type { ReactNode } from "react";

const PATHS = {
  input: "M2.5 8h7M6.5 5l3 3-3 3M10 2.5h3.5v11H10",
  output: "M6 2.5H2.5v11H6M6.5 8h7M10.5 5l3 3-3 3",
  logic: "M3 3v3.5a2 2 0 0 0 2 2h6a2 2 0 0 1 2 2V13M3 8.5V13M11 11l2 2 2-2",
  text: "M3 4.5V3h10v1.5M8 3v10M6 13h4",
  data: "M8 2.5c3 0 5 .9 5 2s-2 2-5 2-5-.9-5-2 2-2 5-2zM3 4.5v7c0 1.1 2 2 5 2s5-.9 5-2v-7M3 8c0 1.1 2 2 5 2s5-.9 5-2",
  basic: "M8 2.2 13.5 5v6L8 13.8 2.5 11V5L8 2.2zM2.5 5 8 7.8 13.5 5M8 7.8v6",
  ai: "M8 2.5 9.4 6.6 13.5 8 9.4 9.4 8 13.5 6.6 9.4 2.5 8l4.1-1.4L8 2.5z",
  network: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM2.5 8h11M8 2.5c2 1.6 2.4 3.4 2.4 5.5S10 11.9 8 13.5C6 11.9 5.6 10.1 5.6 8S6 4.1 8 2.5z",
  other: "M3 3h4v4H3zM9 9h4v4H9zM9 5h4M5 9v4",
  unknown: "M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.5M8 12v.1",
  turning: "M13.5 8A5.5 5.5 0 1 1 8 2.5",
  play: "M5 3.5v9l7-4.5z",
  stop: "M4.5 4.5h7v7h-7z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  reuse: "M4 6.5h7.5M9 4l2.5 2.5L9 9M12 9.5H4.5M7 12 4.5 9.5 7 7",
  person: "M8 2.5a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2zM3 13.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4",
  limit: "M4 3v10M8 3v10M12.5 6v4",
  unordered: "M2.5 4.5h3l5 7h3M2.5 11.5h3l1.4-2M9.1 6.5l1.4-2h3M11.5 2.5l2 2-2 2M11.5 9.5l2 2-2 2",
  settings: "M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6M10 2.8v3.4M6 9.8v3.4",
  undo: "M6 4 3 7l3 3M3 7h6a3.5 3.5 0 0 1 0 7H7",
  redo: "M10 4l3 3-3 3M13 7H7a3.5 3.5 0 0 0 0 7h2",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3.5v9M3.5 8h9",
  back: "M9.5 3.5 5 8l4.5 4.5",
  chevron: "M4.5 6.5 8 10l3.5-3.5",
  panel: "M2.5 3h11v10h-11zM10 3v10",
  palette: "M2.5 3h11v10h-11zM6 3v10",
  drawer: "M2.5 3h11v10h-11zM2.5 9.5h11",
  download: "M8 2.5v7.5M5 7l3 3 3-3M3 13.5h10",
  upload: "M8 10.5V3M5 6l3-3 3 3M3 13.5h10",
  keyboard: "M2 4h12v8H2zM4.5 6.5h0M7 6.5h0M9.5 6.5h0M12 6.5h0M5 9.5h6",
  check: "M3.5 8.5 6.5 11.5l6-7",
  alert: "M8 2.5 14 13H2L8 2.5zM8 6.5v3M8 11.3v.1",
  info: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 7.3v3.5M8 5.2v.1",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3l2 1.5",
  cross: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM6 6l4 4M10 6l-4 4",
  minus: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM5.5 8h5",
  link: "M6.5 9.5l3-3M7 4.5 8.5 3a3.2 3.2 0 0 1 4.5 4.5L11.5 9M9 11.5 7.5 13A3.2 3.2 0 0 1 3 8.5L4.5 7",
  trash: "M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.5 9h6l.5-9",
  key: "M10 2.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM7.5 8.5l-5 5M4.5 11.5l1.5 1.5M11 5h.1",
  snippet: "M2.5 2.5h4v4h-4zM9.5 9.5h4v4h-4zM6.5 4.5H10a1.5 1.5 0 0 1 1.5 1.5v3.5",
  copy: "M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }): ReactNode {
  return (
    <svg
      className="glyph"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
