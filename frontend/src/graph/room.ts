/** How much an agent holds. */

/** As the server has it: it refuses to save more. */
export const MOST_NODES = 20_000;

/** Why so many more nodes have no place, or null where they have. */
export function roomFor(there: number, wanted: number): string | null {
  const left = MOST_NODES - there;
  if (wanted <= left) return null;
  const most = MOST_NODES.toLocaleString("en");
  const rest = left > 0 ? `There is room for ${left} more` : "This one is full";
  return `Not added: an agent holds at most ${most} nodes. ${rest}. Move a part of it into an agent of its own and call that.`;
}
