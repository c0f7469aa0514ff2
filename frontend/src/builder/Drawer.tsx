/** The bottom drawer: start a run, read its log, see its outputs. */
import { useMemo, useState, type ReactNode } from "react";

import { api, ApiError, messageOf } from "../api/client";
import { fromRefusal } from "../graph/findings";
import { nodeTitle } from "../graph/names";
import type { Execution, JsonObject } from "../graph/types";
import { RunForm } from "../forms/RunForm";
import { ConnectionDot } from "../live/ConnectionDot";
import { LogList } from "../live/LogList";
import { GlimpseList } from "../live/GlimpseList";
import { OutputCards } from "../live/OutputCards";
import { liveOutputs } from "../live/outputs";
import type { Run } from "../live/useRun";
import { isFinal } from "../live/view";
import { StateChip } from "../ui/StateChip";
import { Tabs } from "../ui/Tabs";
import { useActions, useBuilderState, useBuilderStore, useSaver } from "./context";
import { IconAction } from "./TopBar";
import { DRAWER, useGrip } from "./useGrip";
import { withFindings, type DrawerTab } from "./state";

interface Props {
  run: Run;
  execution: Execution | null;
}

export function Drawer({ run, execution }: Props): ReactNode {
  const actions = useActions();
  const tab = useBuilderState((state) => state.drawerTab);
  const nameOf = useNames();
  const outputs = useOutputs(run, execution);
  const { grip, box } = useGrip(DRAWER);
  const tabs: { key: DrawerTab; label: string; badge?: number }[] = [
    { key: "run", label: "Run" },
    { key: "log", label: "Log", badge: run.events.length },
    { key: "outputs", label: "Outputs", badge: Object.keys(outputs).length },
  ];
  return (
    <section className="drawer" aria-label="Run" ref={box}>
      <div className="grip grip--top" {...grip} />
      <Tabs
        tabs={tabs}
        current={tab}
        choose={actions.showDrawer}
        label="Run"
        aside={<RunState run={run} />}
      >
        {tab === "run" && <Start />}
        {tab === "log" && <LogList events={run.events} nameOf={nameOf} />}
        {tab === "outputs" && (
          <>
            <GlimpseList glimpses={run.glimpses} nameOf={nameOf} />
            <OutputCards
              outputs={outputs}
              errors={execution?.errors ?? []}
              nameOf={nameOf}
              isOver={isFinal(run.view.status)}
            />
          </>
        )}
      </Tabs>
    </section>
  );
}

function useNames(): (id: string) => string {
  const nodes = useBuilderState((state) => state.nodes);
  const blocks = useBuilderState((state) => state.blocks);
  return useMemo(() => {
    const names = new Map(
      nodes.map((node) => [node.id, nodeTitle(node, blocks.get(node.block_id))]),
    );
    return (id) => names.get(id) ?? "A removed node";
  }, [nodes, blocks]);
}

function useOutputs(run: Run, execution: Execution | null): Execution["outputs"] {
  const nodes = useBuilderState((state) => state.nodes);
  const blocks = useBuilderState((state) => state.blocks);
  return useMemo(
    () => execution?.outputs ?? liveOutputs(run.events, nodes, blocks),
    [execution, run.events, nodes, blocks],
  );
}

function RunState({ run }: { run: Run }): ReactNode {
  const id = useBuilderState((state) => state.executionId);
  const actions = useActions();
  const cancel = (executionId: string) =>
    void api.cancel(executionId).catch((error: unknown) => {
      actions.notify({ tone: "bad", text: `Not cancelled. ${messageOf(error)}` });
    });
  return (
    <span className="drawer__state">
      {id && (
        <>
          <StateChip status={run.view.status} testId="run-status" />
          <ConnectionDot connection={run.connection} />
          {!isFinal(run.view.status) && (
            <button type="button" className="link-button" onClick={() => cancel(id)}>
              Cancel run
            </button>
          )}
          <a className="link-button" href={`/runs/${id}/`}>
            Open the run
          </a>
        </>
      )}
      <IconAction name="close" label="Close (J)" act={() => actions.toggle("drawer")} />
    </span>
  );
}

function Start(): ReactNode {
  const schema = useBuilderState((state) => state.saved.input_schema);
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const start = useStart();
  const run = async (inputs: JsonObject) => {
    setIsBusy(true);
    setProblem(await start(inputs));
    setIsBusy(false);
  };
  return (
    <RunForm
      schema={schema}
      isBusy={isBusy}
      problem={problem}
      run={(inputs) => void run(inputs)}
    />
  );
}

/** Saves, starts, and shows the log; answers the problem, empty when there is none. */
function useStart(): (inputs: JsonObject) => Promise<string> {
  const store = useBuilderStore();
  const saver = useSaver();
  const actions = useActions();
  return async (inputs) => {
    if (!(await saver.flush())) return "The agent is not saved yet, so it was not run.";
    try {
      const { id } = await api.run(store.get().graphId, inputs, "draft");
      store.set({ executionId: id, firings: [] });
      actions.showDrawer("outputs");
      return "";
    } catch (error) {
      if (error instanceof ApiError && error.status === 422 && error.errors.length > 0) {
        store.set(withFindings(error.errors.map(fromRefusal), store.get()));
        return `${messageOf(error)} ${error.errors.map((item) => item.message).join(" ")}`;
      }
      return messageOf(error);
    }
  };
}
