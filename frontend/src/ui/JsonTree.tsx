/** A JSON value as a tree that opens level by level; long things are cut with a count. */
import { useState, type ReactNode } from "react";

import type { Json } from "../graph/types";
import { fileId } from "../graph/values";
import { FileLink } from "./FileLink";

const MOST_CHILDREN = 100;
const MOST_TEXT = 2_000;
const OPEN_DEPTH = 1;

interface Props {
  value: Json;
  name?: string;
  depth?: number;
}

export function JsonTree({ value, name, depth = 0 }: Props): ReactNode {
  if (value === null || typeof value !== "object") {
    return (
      <div className="tree__leaf">
        {name !== undefined && <span className="tree__key">{name}: </span>}
        <Scalar value={value} />
      </div>
    );
  }
  return <Branch value={value} depth={depth} {...(name === undefined ? {} : { name })} />;
}

interface BranchProps {
  value: Json[] | { [key: string]: Json };
  name?: string;
  depth: number;
}

function Branch({ value, name, depth }: BranchProps): ReactNode {
  const [isOpen, setIsOpen] = useState(depth < OPEN_DEPTH);
  const [most, setMost] = useState(MOST_CHILDREN);
  const entries = Object.entries(value);
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <div className="tree__branch">
      <button
        type="button"
        className="tree__toggle"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        {name !== undefined && <span className="tree__key">{name} </span>}
        <span className="tree__size">{size}</span>
      </button>
      {isOpen && (
        <div className="tree__children">
          {entries.slice(0, most).map(([key, child]) => (
            <JsonTree key={key} name={key} value={child} depth={depth + 1} />
          ))}
          {entries.length > most && (
            <button
              type="button"
              className="link-button"
              onClick={() => setMost(most + MOST_CHILDREN)}
            >
              Show more of {entries.length.toLocaleString("en")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Scalar({ value }: { value: null | boolean | number | string }): ReactNode {
  const kind = value === null ? "null" : typeof value;
  if (typeof value !== "string") {
    return <span className={`tree__value tree__value--${kind}`}>{String(value)}</span>;
  }
  if (fileId(value)) return <FileLink text={value} />;
  return <LongText text={value} className="tree__value tree__value--string" />;
}

interface LongTextProps {
  text: string;
  className: string;
}

/** Text cut at a length nobody reads at a glance, with the whole one click away. */
export function LongText({ text, className }: LongTextProps): ReactNode {
  const [isWhole, setIsWhole] = useState(false);
  const isLong = text.length > MOST_TEXT;
  return (
    <span className={className}>
      {isLong && !isWhole ? `${text.slice(0, MOST_TEXT)}…` : text}
      {isLong && !isWhole && (
        <button type="button" className="link-button" onClick={() => setIsWhole(true)}>
          Show all {text.length.toLocaleString("en")} characters
        </button>
      )}
    </span>
  );
}
