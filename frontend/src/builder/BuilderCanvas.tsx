/** The canvas with everything that changes the graph. */
import { useReactFlow, useStore, type Connection, type Edge } from "@xyflow/react";
import { useCallback, useEffect, useRef, type DragEvent, type ReactNode } from "react";

import { Canvas } from "../canvas/Canvas";
import { FIT } from "../canvas/FirstView";
import { judge } from "../canvas/flow";
import { spacedName, tintOf } from "../graph/names";
import type { Item } from "../graph/palette";
import { Icon } from "../ui/Icon";
import { useActions, useBuilderState, useBuilderStore } from "./context";
import { BLOCK_MIME, SNIPPET_MIME } from "./PaletteSections";
import { NARROW_PX } from "./state";
import { StatusLine } from "./StatusLine";

export function BuilderCanvas(): ReactNode {
  const store = useBuilderStore();
  const actions = useActions();
  const flow = useReactFlow();
  const isEmpty = useBuilderState((state) => state.nodes.length === 0);
  useFitBesideDrawer();

  const isValidConnection = useCallback(
    (ends: Connection | Edge) => judge(ends, store.get()).level !== "mismatch",
    [store],
  );
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    const { blocks, snippets } = store.get();
    const point = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const block = blocks.get(event.dataTransfer.getData(BLOCK_MIME));
    if (block) actions.add(block, { x: point.x - NODE_WIDTH / 2, y: point.y - 20 });
    const id = event.dataTransfer.getData(SNIPPET_MIME);
    const snippet = snippets.find((one) => one.id === id);
    if (snippet) actions.insert(snippet, point);
  };
  return (
    <Canvas
      onMoved={actions.move}
      onConnect={actions.connect}
      isValidConnection={isValidConnection}
      onDragOver={(event) => event.preventDefault()}
      onDrop={onDrop}
    >
      <StatusLine />
      {isEmpty && <EmptyCanvas />}
    </Canvas>
  );
}

/** On a small screen the open drawer would hide most of the agent that it runs. */
function useFitBesideDrawer(): void {
  const flow = useReactFlow();
  const isOpen = useBuilderState((state) => state.open.drawer);
  const height = useStore((state) => state.height);
  useEffect(() => {
    if (isOpen && window.innerWidth <= NARROW_PX) void flow.fitView(FIT);
  }, [flow, isOpen, height]);
}

const FIRST_BLOCKS = ["AgentShortTextInputBlock", "FillTextTemplateBlock", "AgentOutputBlock"];

/** Says what to do first and offers the three blocks that most agents begin with. */
function EmptyCanvas(): ReactNode {
  const add = useAddInView();
  const known = useBuilderState((state) => state.blocks);
  const blocks = [...known.values()].filter(({ name }) => FIRST_BLOCKS.includes(name));
  blocks.sort((a, b) => FIRST_BLOCKS.indexOf(a.name) - FIRST_BLOCKS.indexOf(b.name));
  return (
    <div className="canvas-empty">
      <h2>Draw your agent</h2>
      <p>
        Begin with an input, link it to what works on it, and end with an output.
        <br />
        Drag a block here, or press <kbd>/</kbd> to search and <kbd>Enter</kbd> to add.
      </p>
      <div className="canvas-empty__blocks">
        {blocks.map((block) => (
          <button
            key={block.id}
            type="button"
            className={`button tint--${tintOf(block)}`}
            onClick={() => add({ kind: "block", key: block.id, block })}
          >
            <Icon name={tintOf(block)} size={14} />
            {spacedName(block.name)}
          </button>
        ))}
      </div>
    </div>
  );
}

const NODE_WIDTH = 264;

/** Adds to the middle of what is on screen; blocks a little lower each time. */
export function useAddInView(): (item: Item) => void {
  const flow = useReactFlow();
  const actions = useActions();
  const added = useRef(0);
  return useCallback(
    (item: Item) => {
      const box = document.querySelector(".react-flow")?.getBoundingClientRect();
      if (!box) return;
      const x = box.left + box.width / 2;
      if (item.kind === "snippet") {
        const y = box.top + box.height / 2;
        const middle = actions.insert(item.snippet, flow.screenToFlowPosition({ x, y }));
        if (middle) void flow.setCenter(middle.x, middle.y, { zoom: flow.getZoom() });
        return;
      }
      const step = (added.current++ % 8) * 28;
      const point = flow.screenToFlowPosition({ x, y: box.top + box.height / 3 });
      actions.add(item.block, { x: point.x - NODE_WIDTH / 2 + step, y: point.y + step });
    },
    [flow, actions],
  );
}
