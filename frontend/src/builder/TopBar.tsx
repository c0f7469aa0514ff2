/** Name, save state, history, findings, and what can be done with the agent. */
import { useRef, type ChangeEvent, type ReactNode } from "react";

import { api, messageOf } from "../api/client";
import { focusRunForm } from "../forms/RunForm";
import { fromRefusal } from "../graph/findings";
import { ApiError } from "../api/client";
import { Icon } from "../ui/Icon";
import { mayShare } from "../ui/rights";
import { FindingsMenu } from "./FindingsMenu";
import { useActions, useBuilderState, useBuilderStore, useSaver } from "./context";
import { keepReport } from "./report";
import { SaveIndicator } from "./SaveIndicator";
import { withFindings } from "./state";

export function TopBar(): ReactNode {
  const actions = useActions();
  const canUndo = useBuilderState((state) => state.history.past.length > 0);
  const canRedo = useBuilderState((state) => state.history.future.length > 0);
  return (
    <header className="appbar">
      <a className="icon-button" href="/agents/" aria-label="All agents" title="All agents">
        <Icon name="back" />
      </a>
      <AgentName />
      <SaveIndicator />
      <span className="appbar__space" />
      <span className="appbar__group appbar__group--wide">
        <IconAction name="undo" label="Undo (Ctrl Z)" disabled={!canUndo} act={actions.undo} />
        <IconAction
          name="redo"
          label="Redo (Ctrl Shift Z)"
          disabled={!canRedo}
          act={actions.redo}
        />
      </span>
      <FindingsMenu />
      <span className="appbar__group">
        <SettingsButton />
        {mayShare() && <ShareLink />}
        <ImportButton />
        <ExportButton />
      </span>
      <PublishButton />
      <button
        type="button"
        className="button button--primary"
        data-testid="run-button"
        onClick={() => {
          actions.showDrawer("run");
          focusRunForm();
        }}
      >
        <Icon name="play" size={14} />
        Run agent
      </button>
    </header>
  );
}

function AgentName(): ReactNode {
  const actions = useActions();
  const name = useBuilderState((state) => state.history.present.name);
  return (
    <input
      className="appbar__name"
      aria-label="Name of the agent"
      maxLength={200}
      value={name}
      size={Math.max(8, Math.min(32, name.length + 1))}
      onChange={(event) => actions.renameAgent(event.target.value)}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

interface IconActionProps {
  name: Parameters<typeof Icon>[0]["name"];
  label: string;
  disabled?: boolean;
  act: () => void;
}

export function IconAction({ name, label, disabled = false, act }: IconActionProps): ReactNode {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={act}
    >
      <Icon name={name} />
    </button>
  );
}

function SettingsButton(): ReactNode {
  const store = useBuilderStore();
  return (
    <IconAction
      name="settings"
      label="Settings of the agent (S)"
      act={() => store.set({ dialog: "settings" })}
    />
  );
}

function ShareLink(): ReactNode {
  const graphId = useBuilderState((state) => state.graphId);
  return (
    <a
      className="icon-button"
      href={`/agents/${graphId}/shares/`}
      aria-label="Share the agent"
      title="Share the agent"
    >
      <Icon name="person" />
    </a>
  );
}

function ImportButton(): ReactNode {
  const actions = useActions();
  const input = useRef<HTMLInputElement>(null);
  const onChange = async (event: ChangeEvent<HTMLInputElement>) => {
    const field = event.target;
    const file = field.files?.[0];
    if (!file) return;
    try {
      const { id, report } = await api.importAgent(await file.text());
      keepReport(id, report);
      window.location.assign(`/agents/${id}/`);
    } catch (error) {
      const text = `${file.name} was not imported. ${messageOf(error)}`;
      actions.notify({ tone: "bad", text });
      field.value = "";
    }
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        className="visually-hidden"
        data-testid="import-file"
        tabIndex={-1}
        aria-label="Agent file to import"
        onChange={(event) => void onChange(event)}
      />
      <IconAction
        name="upload"
        label="Import an agent from a file"
        act={() => input.current?.click()}
      />
    </>
  );
}

function ExportButton(): ReactNode {
  const saver = useSaver();
  const graphId = useBuilderState((state) => state.graphId);
  const url = api.exportUrl(graphId);
  return (
    <a
      className="icon-button"
      data-testid="export-button"
      href={url}
      download
      aria-label="Export the agent as a file"
      title="Export the agent as a file"
      onClick={(event) => {
        event.preventDefault();
        void saver.flush().then(() => window.location.assign(url));
      }}
    >
      <Icon name="download" />
    </a>
  );
}

function PublishButton(): ReactNode {
  const store = useBuilderStore();
  const actions = useActions();
  const saver = useSaver();
  const publish = async () => {
    if (!(await saver.flush())) return;
    try {
      const { version } = await api.publish(store.get().graphId);
      actions.notify({ tone: "good", text: `Published as version ${version}.` });
    } catch (error) {
      if (error instanceof ApiError && error.status === 422) {
        store.set(withFindings(error.errors.map(fromRefusal), store.get()));
      }
      actions.notify({ tone: "bad", text: `Not published. ${messageOf(error)}` });
    }
  };
  return (
    <button type="button" className="button appbar__publish" onClick={() => void publish()}>
      Publish
    </button>
  );
}
