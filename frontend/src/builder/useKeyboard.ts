/** Listens to the keyboard and the clipboard for the whole builder. */
import { useReactFlow } from "@xyflow/react";
import { useEffect } from "react";

import { FIT } from "../canvas/FirstView";
import { focusRunForm } from "../forms/RunForm";
import { isTyping } from "../ui/typing";
import { useActions, useBuilderStore } from "./context";
import { SEARCH } from "./PaletteSections";
import { handlerFor } from "./shortcuts";

export function useKeyboard(): void {
  const actions = useActions();
  const store = useBuilderStore();
  const flow = useReactFlow();
  useEffect(() => {
    const searchBlocks = () => {
      if (!store.get().open.palette) actions.toggle("palette");
      requestAnimationFrame(() => document.querySelector<HTMLElement>(SEARCH)?.focus());
    };
    const openRunForm = () => {
      actions.showDrawer("run");
      focusRunForm();
    };
    const onKeyDown = (event: KeyboardEvent) => {
      const isRun = event.key === "Enter" && (event.ctrlKey || event.metaKey);
      if (isTyping(event.target) && !isRun) return;
      const handler = handlerFor(event);
      if (!handler) return;
      event.preventDefault();
      handler({
        actions,
        fitView: () => void flow.fitView(FIT),
        searchBlocks,
        openRunForm,
        showSheet: () => store.set({ dialog: "shortcuts" }),
        showSettings: () => store.set({ dialog: "settings" }),
      });
    };
    const onCopy = (event: ClipboardEvent) => {
      // Marked text is what the person means to copy.
      if (isTyping(event.target) || window.getSelection()?.toString()) return;
      const text = actions.copy();
      if (text === null) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
    };
    const onPaste = (event: ClipboardEvent) => {
      if (isTyping(event.target)) return;
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (actions.paste(text)) event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    document.addEventListener("copy", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, [actions, store, flow]);
}
