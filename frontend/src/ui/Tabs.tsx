/** Tabs with arrow keys. */
import { useId, type KeyboardEvent, type ReactNode } from "react";

export interface Tab<K extends string> {
  key: K;
  label: string;
  badge?: number;
}

interface Props<K extends string> {
  tabs: readonly Tab<K>[];
  current: K;
  choose: (key: K) => void;
  label: string;
  /** Right of the tabs, in the same bar. */
  aside?: ReactNode;
  children: ReactNode;
}

const STEP: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

export function Tabs<K extends string>(props: Props<K>): ReactNode {
  const { tabs, current, choose } = props;
  const id = useId();
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = STEP[event.key];
    if (step === undefined) return;
    const place = tabs.findIndex((tab) => tab.key === current);
    const next = tabs[(place + step + tabs.length) % tabs.length];
    if (!next) return;
    choose(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  };
  return (
    <>
      <div className="tabs">
        <div role="tablist" aria-label={props.label} className="tabs__list" onKeyDown={onKeyDown}>
          {tabs.map((tab) => (
            <button
              key={tab.key}
              id={`${id}-${tab.key}`}
              type="button"
              role="tab"
              className="tabs__tab"
              aria-selected={tab.key === current}
              aria-controls={`${id}-panel`}
              tabIndex={tab.key === current ? 0 : -1}
              onClick={() => choose(tab.key)}
            >
              {tab.label}
              {tab.badge ? <span className="tabs__badge">{tab.badge}</span> : null}
            </button>
          ))}
        </div>
        {props.aside}
      </div>
      <div
        id={`${id}-panel`}
        role="tabpanel"
        aria-labelledby={`${id}-${current}`}
        className="tabs__panel"
      >
        {props.children}
      </div>
    </>
  );
}
