/** The keyboard of the builder: one table for the keys and for the sheet that lists them. */
import type { Actions } from "./actions";

export interface Shortcut {
  keys: string;
  does: string;
}

export const SHORTCUTS: readonly { title: string; items: readonly Shortcut[] }[] = [
  {
    title: "Edit",
    items: [
      { keys: "Ctrl Z", does: "Undo" },
      { keys: "Ctrl Shift Z", does: "Redo" },
      { keys: "Ctrl C", does: "Copy the selected nodes" },
      { keys: "Ctrl V", does: "Paste" },
      { keys: "Ctrl D", does: "Duplicate the selected nodes" },
      { keys: "Ctrl A", does: "Select all" },
      { keys: "Delete", does: "Remove what is selected" },
      { keys: "Arrows", does: "Move the selected nodes" },
    ],
  },
  {
    title: "View",
    items: [
      { keys: "/", does: "Search blocks" },
      { keys: "F", does: "Fit the agent in view" },
      { keys: "Shift drag", does: "Select a box" },
      { keys: "B", does: "Show or hide the blocks" },
      { keys: "P", does: "Show or hide the panel" },
      { keys: "J", does: "Show or hide the run drawer" },
      { keys: "S", does: "Settings of the agent" },
      { keys: "Escape", does: "Select nothing" },
      { keys: "?", does: "This sheet" },
    ],
  },
  {
    title: "Run",
    items: [{ keys: "Ctrl Enter", does: "Open the run form" }],
  },
];

export interface KeyContext {
  actions: Actions;
  fitView: () => void;
  searchBlocks: () => void;
  openRunForm: () => void;
  showSheet: () => void;
  showSettings: () => void;
}

type Handler = (context: KeyContext) => void;

const WITH_CONTROL: Readonly<Record<string, Handler>> = {
  z: ({ actions }) => actions.undo(),
  Z: ({ actions }) => actions.redo(),
  y: ({ actions }) => actions.redo(),
  a: ({ actions }) => actions.selectAll(),
  d: ({ actions }) => void actions.paste(actions.copy() ?? ""),
  Enter: ({ openRunForm }) => openRunForm(),
};

const PLAIN: Readonly<Record<string, Handler>> = {
  Delete: ({ actions }) => actions.removeSelected(),
  Backspace: ({ actions }) => actions.removeSelected(),
  Escape: ({ actions }) => actions.select([]),
  f: ({ fitView }) => fitView(),
  b: ({ actions }) => actions.toggle("palette"),
  p: ({ actions }) => actions.toggle("panel"),
  j: ({ actions }) => actions.toggle("drawer"),
  s: ({ showSettings }) => showSettings(),
  "/": ({ searchBlocks }) => searchBlocks(),
  "?": ({ showSheet }) => showSheet(),
};

export function handlerFor(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
): Handler | undefined {
  if (event.altKey) return undefined;
  const control = event.ctrlKey || event.metaKey;
  if (!control) return PLAIN[event.key];
  const key = event.shiftKey && event.key.toLowerCase() === "z" ? "Z" : event.key;
  return WITH_CONTROL[key];
}
