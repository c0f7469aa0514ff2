/** Mounts the builder on its page. */
import "@xyflow/react/dist/base.css";
import "../styles/app.css";
import "../styles/canvas.css";
import "../styles/node.css";
import "../styles/pins.css";
import "../styles/forms.css";
import "../styles/settings.css";
import "../styles/live.css";
import "../styles/panels.css";
import "../styles/builder.css";
import "../styles/findings.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { api } from "../api/client";
import { Loader } from "../ui/Loader";
import { App } from "./App";

const root = document.getElementById("builder");
const graphId = root?.dataset.graphId;
if (!root || !graphId) {
  throw new Error("The page needs an element #builder with data-graph-id.");
}

async function load() {
  const [blocks, saved] = await Promise.all([api.blocks(), api.graph(graphId ?? "")]);
  return { blocks, saved };
}

createRoot(root).render(
  <StrictMode>
    <Loader load={load}>{(loaded) => <App {...loaded} />}</Loader>
  </StrictMode>,
);
