/** Limits and promises of the whole agent. */
import type { ReactNode } from "react";

import { ChoiceSetting, NumberSetting } from "../forms/SettingFields";
import { agentSettings } from "../graph/settings";
import { Dialog } from "../ui/Dialog";
import { useActions, useBuilderState } from "./context";

const UNIT = 1_000_000;
const MIB = 1024 * 1024;

export function AgentSettings({ close }: { close: () => void }): ReactNode {
  return (
    <Dialog title="Settings of the agent" close={close}>
      <p className="quiet">They hold from the next run on, and are saved with the agent.</p>
      <div className="settings settings--dialog">
        <Limits />
        <Promises />
      </div>
    </Dialog>
  );
}

function Limits(): ReactNode {
  const { setSetting } = useActions();
  const settings = useBuilderState((state) => state.history.present.settings);
  const now = agentSettings(settings);
  return (
    <>
      <NumberSetting
        label="Nodes at once"
        help="How many firings of one run go on at the same time."
        placeholder="As the server allows"
        value={now.max_parallel}
        set={(value) => setSetting("max_parallel", floored(value, 1))}
      />
      <NumberSetting
        label="Time limit"
        help="Of a run. Time spent waiting as a whole does not count."
        unit="s"
        placeholder="As the server allows"
        value={now.timeout_s}
        set={(value) => setSetting("timeout_s", value || undefined)}
      />
      <NumberSetting
        label="Node executions"
        help="A run that needs more is stopped: it may be a loop."
        placeholder="As the server allows"
        value={now.max_node_executions}
        set={(value) => setSetting("max_node_executions", floored(value, 1))}
      />
      <NumberSetting
        label="Outputs of all nodes together"
        help="A run that makes more is stopped."
        unit="MiB"
        placeholder="As the server allows"
        value={now.max_output_bytes === null ? null : now.max_output_bytes / MIB}
        step={0.5}
        set={(value) => setSetting("max_output_bytes", floored(value, MIB))}
      />
      <NumberSetting
        label="Money"
        help="A run that has spent more is stopped."
        placeholder="No limit"
        value={now.max_cost === null ? null : now.max_cost / UNIT}
        step={0.01}
        set={(value) => setSetting("max_cost", floored(value, UNIT))}
      />
    </>
  );
}

/** In whole small units; nothing and zero are no limit. */
function floored(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : Math.floor(value * unit) || undefined;
}

function Promises(): ReactNode {
  const { setSetting } = useActions();
  const settings = useBuilderState((state) => state.history.present.settings);
  const { on_unknown_outcome, durability } = agentSettings(settings);
  return (
    <>
      <ChoiceSetting
        label="When nobody knows whether a node did its work"
        help="A worker was lost while the node did what must not be done twice."
        value={on_unknown_outcome}
        options={[
          { value: "fail", label: "Fail the node" },
          { value: "review", label: "Ask a person whether to try again" },
        ]}
        set={(value) => setSetting("on_unknown_outcome", value === "fail" ? undefined : value)}
      />
      <ChoiceSetting
        label="What is stored before a node begins"
        help="The first is enough to lose nothing and repeat nothing that counts."
        value={durability}
        options={[
          { value: "", label: "All it depends on, before it acts outside" },
          { value: "each_node", label: "Everything so far, before every node (slower)" },
        ]}
        set={(value) => setSetting("durability", value === "" ? undefined : value)}
      />
    </>
  );
}
