/** The list of keyboard shortcuts, and what the marks on the canvas mean. */
import type { ReactNode } from "react";

import { Dialog } from "../ui/Dialog";
import { SHORTCUTS } from "./shortcuts";

export function ShortcutSheet({ close }: { close: () => void }): ReactNode {
  return (
    <Dialog title="Keyboard shortcuts and marks" close={close}>
      <div className="shortcuts">
        {SHORTCUTS.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.items.map((item) => (
                <div key={item.keys}>
                  <dt>
                    {item.keys.split(" ").map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{item.does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <Legend />
      </div>
    </Dialog>
  );
}

const PIN_TYPES = ["text", "number", "boolean", "list", "object", "file", "any", "secret"];

function Legend(): ReactNode {
  return (
    <section>
      <h3>On the canvas</h3>
      <ul className="legend">
        {PIN_TYPES.map((type) => (
          <li key={type}>
            <span className={`pin-mark pin-mark--${type}`} /> {type}
          </li>
        ))}
      </ul>
      <ul className="legend legend--lines">
        <li>
          <LegendLine isStatic={false} /> Each value is used once
        </li>
        <li>
          <LegendLine isStatic /> Keeps its last value for every firing
        </li>
      </ul>
    </section>
  );
}

function LegendLine({ isStatic }: { isStatic: boolean }): ReactNode {
  return (
    <svg className="link link--text" data-static={isStatic} width={40} height={8} aria-hidden="true">
      <path className="link__line" d="M0 4h40" />
      {isStatic && <circle className="link__anchor" cx={4} cy={4} r={3} />}
    </svg>
  );
}
