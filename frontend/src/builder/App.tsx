/** The builder: top bar, palette, canvas, panel and drawer around one draft. */
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useState, type ReactNode } from "react";

import { api, type Saved } from "../api/client";
import { CanvasProvider, EditsProvider } from "../canvas/state";
import { focusRunForm } from "../forms/RunForm";
import type { Block } from "../graph/types";
import { ExecutionIdProvider } from "../ui/LargeValueView";
import { createStore } from "../ui/store";
import { createActions } from "./actions";
import { AgentSettings } from "./AgentSettings";
import { BuilderCanvas, useAddInView } from "./BuilderCanvas";
import { BuilderProvider, useActions, useBuilderState, useBuilderStore, type Builder } from "./context";
import { Drawer } from "./Drawer";
import { Palette } from "./Palette";
import { takeReport } from "./report";
import { RightPanel } from "./RightPanel";
import { createSaver, refreshFindings } from "./save";
import { ShortcutSheet } from "./ShortcutSheet";
import { firstState } from "./state";
import { IconAction, TopBar } from "./TopBar";
import { useKeyboard } from "./useKeyboard";
import { useLastRun } from "./useLastRun";

interface Props {
  blocks: Block[];
  saved: Saved;
}

function createBuilder({ blocks, saved }: Props): Builder {
  const store = createStore(firstState(blocks, saved));
  store.set({ notice: takeReport(saved.graph.id) });
  return { store, actions: createActions(store), saver: createSaver(store) };
}

export function App(props: Props): ReactNode {
  const [builder] = useState(() => createBuilder(props));
  useEffect(() => {
    const { store } = builder;
    void refreshFindings(store, store.get().history.present);
    // Without them the palette is as useful.
    void api.snippets().then((snippets) => store.set({ snippets }), () => undefined);
  }, [builder]);
  return (
    <BuilderProvider value={builder}>
      <CanvasProvider value={builder.store}>
        <EditsProvider value={builder.actions}>
          <ReactFlowProvider>
            <LastRun />
          </ReactFlowProvider>
        </EditsProvider>
      </CanvasProvider>
    </BuilderProvider>
  );
}

/** Values that panels show are of the last run. */
function LastRun(): ReactNode {
  const executionId = useBuilderState((state) => state.executionId);
  return (
    <ExecutionIdProvider value={executionId}>
      <Layout />
    </ExecutionIdProvider>
  );
}

function Layout(): ReactNode {
  const store = useBuilderStore();
  const open = useBuilderState((state) => state.open);
  const dialog = useBuilderState((state) => state.dialog);
  const name = useBuilderState((state) => state.history.present.name);
  const lastRun = useLastRun();
  const add = useAddInView();
  useKeyboard();
  useLeaveWarning();
  useEffect(() => {
    if (store.get().open.drawer) focusRunForm();
  }, [store]);
  return (
    <div className="builder">
      <h1 className="visually-hidden">{name}</h1>
      <TopBar />
      <NoticeBar />
      <div className="builder__body">
        {open.palette && <Palette add={add} />}
        <div className="builder__main">
          <div className="builder__canvas">
            <BuilderCanvas />
            <PanelToggles />
          </div>
          {open.drawer && <Drawer {...lastRun} />}
        </div>
        {open.panel && <RightPanel />}
      </div>
      {dialog === "shortcuts" && <ShortcutSheet close={() => store.set({ dialog: null })} />}
      {dialog === "settings" && <AgentSettings close={() => store.set({ dialog: null })} />}
    </div>
  );
}

function PanelToggles(): ReactNode {
  const actions = useActions();
  const store = useBuilderStore();
  return (
    <div className="panel-toggles">
      <IconAction name="palette" label="Blocks (B)" act={() => actions.toggle("palette")} />
      <IconAction name="drawer" label="Run drawer (J)" act={() => actions.toggle("drawer")} />
      <IconAction name="panel" label="Panel (P)" act={() => actions.toggle("panel")} />
      <IconAction
        name="keyboard"
        label="Keyboard shortcuts (?)"
        act={() => store.set({ dialog: "shortcuts" })}
      />
    </div>
  );
}

function NoticeBar(): ReactNode {
  const notice = useBuilderState((state) => state.notice);
  const actions = useActions();
  if (!notice) return null;
  return (
    <div className={`strip strip--${notice.tone}`} role="status">
      <span>
        {notice.text} {notice.link && <a href={notice.link.href}>{notice.link.words}</a>}
      </span>
      <IconAction name="close" label="Dismiss" act={() => actions.notify(null)} />
    </div>
  );
}

/** The browser asks before a tab with unsaved changes is closed. */
function useLeaveWarning(): void {
  const store = useBuilderStore();
  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      if (store.get().save.state !== "saved") event.preventDefault();
    };
    window.addEventListener("beforeunload", onLeave);
    return () => window.removeEventListener("beforeunload", onLeave);
  }, [store]);
}
