/** The blocks that were added last, kept for the next visit. */

const KEY = "builder.recent-blocks";
const MOST = 4;

/** The newest first, each once. */
export function withRecent(before: readonly string[], id: string): string[] {
  return [id, ...before.filter((other) => other !== id)].slice(0, MOST);
}

export function recentBlocks(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
  } catch {
    // Storage may be closed to the page or hold something else: then none are recent.
    return [];
  }
}

export function keepRecent(id: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(withRecent(recentBlocks(), id)));
  } catch {
    return;
  }
}
