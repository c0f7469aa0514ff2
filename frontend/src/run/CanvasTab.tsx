/** The graph of the run as it goes on, the menu of its nodes, and the panel of one. */
import { ReactFlowProvider } from "@xyflow/react";
import { useCallback, useState, type ReactNode } from "react";

import { Canvas } from "../canvas/Canvas";
import { useCanvas, useCanvasStore, type CanvasState } from "../canvas/state";
import type { GraphNode } from "../graph/types";
import type { Run } from "../live/useRun";
import { isFinal } from "../live/view";
import type { NameOf } from "../live/words";
import { copyText } from "../ui/CopyButton";
import { linkTo } from "./address";
import { KeepInView } from "./KeepInView";
import { NodeMenu, type MenuItem, type MenuPlace } from "./NodeMenu";
import { NodePanel } from "./NodePanel";
import type { Commands } from "./useCommands";
import type { Firings } from "./useFirings";

interface Props {
  run: Run;
  firings: Firings;
  commands: Commands;
  nameOf: NameOf;
  /** The node that the first view shows when the graph is large. */
  focus: string | null;
}

export function CanvasTab({ run, firings, commands, nameOf, focus }: Props): ReactNode {
  const store = useCanvasStore();
  const node = useCanvas(selectedNode);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const [wantsInputs, setWantsInputs] = useState("");
  const closeMenu = useCallback(() => setMenu(null), []);
  const select = (id: string) => store.set({ selection: new Set([id]) });

  const itemsOf = (id: string): MenuItem[] => {
    const show = { label: "Show its data", act: () => select(id) };
    const copy = { label: "Copy a link to it", act: () => void copyText(linkTo(id)) };
    if (!isFinal(run.view.status)) return [show, copy];
    const changed = () => {
      setWantsInputs(id);
      select(id);
    };
    return [
      { label: "Run again from here", act: () => commands.rerun({ from: id }) },
      { label: "Run again from here with other inputs…", act: changed },
      show,
      copy,
    ];
  };
  return (
    <div className="run__stage">
      <div className="run__canvas">
        <ReactFlowProvider>
          <Canvas
            edgesFocusable={false}
            focus={focus}
            onNodeContextMenu={(event, { id }) => {
              event.preventDefault();
              setMenu({ nodeId: id, x: event.clientX, y: event.clientY });
            }}
          >
            <KeepInView node={node} />
          </Canvas>
        </ReactFlowProvider>
      </div>
      {node && (
        <NodePanel
          node={node}
          name={nameOf(node.id)}
          run={run}
          firings={firings}
          commands={commands}
          wantsInputs={wantsInputs === node.id}
          close={() => store.set({ selection: new Set() })}
        />
      )}
      {menu && <NodeMenu place={menu} items={itemsOf(menu.nodeId)} close={closeMenu} />}
    </div>
  );
}

/** Notes hold no data. */
function selectedNode(state: CanvasState): GraphNode | null {
  const [id, ...more] = state.selection;
  if (id === undefined || more.length > 0) return null;
  const node = state.nodes.find((other) => other.id === id);
  const isNote = node && state.blocks.get(node.block_id)?.kind === "Note";
  return node && !isNote ? node : null;
}
