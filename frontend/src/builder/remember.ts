/** Which panels and groups of blocks were open at the last visit. */

export interface OpenPanels {
  palette: boolean;
  panel: boolean;
  drawer: boolean;
}

const KEY = "builder.panels";

/** Only a wide window has room to start with panels open. */
export function rememberedPanels(isWide: boolean, drawer: boolean): OpenPanels {
  const kept = isWide ? read() : { palette: false, panel: false };
  return { palette: kept.palette ?? true, panel: kept.panel ?? true, drawer };
}

export function rememberPanels({ palette, panel }: OpenPanels): void {
  keep(KEY, { palette, panel });
}

const GROUPS_KEY = "builder.open-groups";

/** All are folded at the first visit. */
export function openGroups(): ReadonlySet<string> {
  const kept = keptAt(GROUPS_KEY);
  return new Set(Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : []);
}

export function rememberGroups(open: ReadonlySet<string>): void {
  keep(GROUPS_KEY, [...open]);
}

function read(): Partial<OpenPanels> {
  return (keptAt(KEY) ?? {}) as Partial<OpenPanels>;
}

function keptAt(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage may be closed to the page; it then opens anew at each visit.
    return;
  }
}
