/** Which panels were open at the last visit. */

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
  try {
    localStorage.setItem(KEY, JSON.stringify({ palette, panel }));
  } catch {
    // Storage may be closed to the page; panels then open anew at each visit.
    return;
  }
}

function read(): Partial<OpenPanels> {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {}) as Partial<OpenPanels>;
  } catch {
    return {};
  }
}
