/** Copies text and says that it did. */
import { useEffect, useState, type ReactNode } from "react";

import { Icon } from "./Icon";

const SAY_FOR_MS = 1500;

/** False where the browser does not allow it: it does only on https and localhost. */
export async function copyText(text: string): Promise<boolean> {
  const done = navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  return (await done) ?? false;
}

interface Props {
  text: () => string;
  /** What it copies. */
  label?: string;
}

export function CopyButton({ text, label = "Copy" }: Props): ReactNode {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return;
    const timer = window.setTimeout(() => setSaid(""), SAY_FOR_MS);
    return () => window.clearTimeout(timer);
  }, [said]);

  const copy = async () => {
    setSaid((await copyText(text())) ? "Copied" : "The browser does not allow it");
  };
  return (
    <button
      type="button"
      className="icon-button copy-button"
      aria-label={said || label}
      title={said || label}
      onClick={() => void copy()}
    >
      <Icon name={said === "Copied" ? "check" : "copy"} size={14} />
    </button>
  );
}
