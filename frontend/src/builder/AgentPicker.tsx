/** Chooses the agent that a node runs; its inputs and outputs become the node's pins. */
import { useEffect, useId, useState, type ReactNode } from "react";

import { api, messageOf } from "../api/client";
import { agentIdOf, constantsFor } from "../graph/agents";
import type { GraphNode, GraphRow } from "../graph/types";
import { useActions, useBuilderState } from "./context";

export function AgentPicker({ node }: { node: GraphNode }): ReactNode {
  const id = useId();
  const actions = useActions();
  const own = useBuilderState((state) => state.graphId);
  const [agents, setAgents] = useState<readonly GraphRow[] | null>(null);
  const [problem, setProblem] = useState("");
  const current = agentIdOf(node);
  useEffect(() => {
    let isCurrent = true;
    void api.graphs().then(
      (found) => isCurrent && setAgents(found),
      (error: unknown) => isCurrent && setProblem(messageOf(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, []);

  const choose = async (graphId: string) => {
    setProblem("");
    try {
      const { graph } = await api.graph(graphId);
      actions.setConstants(node.id, constantsFor(graph, node.input_default));
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  const isKnown = agents?.some((agent) => agent.id === current) ?? true;
  return (
    <div className="form-field" data-invalid={problem !== "" || !isKnown}>
      <div className="form-field__top">
        <label htmlFor={id}>Agent</label>
        {current && (
          <span className="form-field__aside">
            <button type="button" className="link-button" onClick={() => void choose(current)}>
              Read its pins again
            </button>
            <a className="link-button" href={`/agents/${current}/`}>
              Open
            </a>
          </span>
        )}
      </div>
      <select
        id={id}
        data-testid="agent-picker"
        value={current}
        disabled={agents === null}
        onChange={(event) => void choose(event.target.value)}
      >
        <option value="" disabled>
          {agents === null ? "Reading the agents…" : "Choose an agent"}
        </option>
        {!isKnown && <option value={current}>{nameOf(node)} (not here)</option>}
        {agents?.map((agent) => (
          <option key={agent.id} value={agent.id}>
            {agent.name}
            {agent.id === own ? " (this agent)" : ""}
          </option>
        ))}
      </select>
      {problem || !isKnown ? (
        <p className="form-field__error" role="alert">
          {problem || "The agent is not here any more, or not yours. Choose another one."}
        </p>
      ) : (
        <p className="form-field__help">
          Its inputs and outputs are the pins of this node. {versionWords(node)}
        </p>
      )}
    </div>
  );
}

function versionWords(node: GraphNode): string {
  const version = node.input_default.graph_version;
  if (typeof version === "number" && version > 0) return `Its version ${version} runs.`;
  return "Its newest published version runs, or its draft while there is none.";
}

function nameOf(node: GraphNode): string {
  const name = node.input_default.agent_name;
  return typeof name === "string" && name ? name : "An agent";
}
