/** Copies text and says that it did. */
import { useEffect, useState, type ReactNode } from "react";

import { Icon } from "./Icon";

const SAY_FOR_MS = 1500;

export function CopyButton({ text }: { text: () => string }): ReactNode {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return;
    const timer = window.setTimeout(() => setSaid(""), SAY_FOR_MS);
    return () => window.clearTimeout(timer);
  }, [said]);

  const copy = async () => {
    // Browsers offer the clipboard only on https and localhost.
    const done = await navigator.clipboard?.writeText(text()).then(
      () => true,
      () => false,
    );
    setSaid(done ? "Copied" : "The browser does not allow it");
  };
  return (
    <button
      type="button"
      className="icon-button copy-button"
      aria-label={said || "Copy"}
      title={said || "Copy"}
      onClick={() => void copy()}
    >
      <Icon name={said === "Copied" ? "check" : "copy"} size={14} />
    </button>
  );
}
