/** What the page was told that its visitor may do. */

/** Let others at what the page shows. */
export function mayShare(): boolean {
  return document.querySelector("[data-may-share]") !== null;
}
