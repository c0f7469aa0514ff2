/** Mounts the live view of one run on its page. */
import "@xyflow/react/dist/base.css";
import "../styles/app.css";
import "../styles/canvas.css";
import "../styles/node.css";
import "../styles/pins.css";
import "../styles/forms.css";
import "../styles/live.css";
import "../styles/run.css";
import "../styles/run-node.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { api } from "../api/client";
import { Loader } from "../ui/Loader";
import { App } from "./App";

const root = document.getElementById("run");
const executionId = root?.dataset.executionId;
if (!root || !executionId) {
  throw new Error("The page needs an element #run with data-execution-id.");
}

async function load() {
  const id = executionId ?? "";
  const [blocks, execution, graph] = await Promise.all([
    api.blocks(),
    api.execution(id),
    api.executionGraph(id),
  ]);
  return { blocks, execution, graph };
}

createRoot(root).render(
  <StrictMode>
    <Loader load={load}>{(loaded) => <App {...loaded} />}</Loader>
  </StrictMode>,
);
