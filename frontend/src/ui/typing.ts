/** True while somebody types, when keys are text and not commands. */
export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.("input, textarea, select, dialog, [contenteditable]"));
}
