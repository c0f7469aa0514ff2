/* Ctrl K: one field that finds pages, agents and the latest runs by name. */

const dialog = document.getElementById("finder");
const field = dialog.querySelector("input");
const list = dialog.querySelector("[role=listbox]");
const none = dialog.querySelector(".finder__none");
const ICONS = dialog.querySelector("use").getAttribute("href").split("#")[0];
const MOST_SHOWN = 12;
const MOST_UNASKED = 4;

const options = () => [...list.querySelectorAll("[role=option]")];
const shown = () => options().filter((option) => !option.hidden);

/* --- What can be found ------------------------------------------------------------- */

async function rowsOf(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).results : [];
}

function drawing(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${ICONS}#${name}`);
  svg.append(use);
  return svg;
}

function option(href, icon, name, word, kind) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const label = document.createElement("span");
  item.setAttribute("role", "option");
  item.dataset.word = word;
  item.dataset.loaded = kind;
  link.href = href;
  link.tabIndex = -1;
  label.textContent = name;
  link.append(drawing(icon), label);
  item.append(link);
  return item;
}

function agentOption(agent) {
  return option(`/agents/${agent.id}/`, "agents", agent.name, "Agent", "agent");
}

function runOption(run) {
  const state = run.status.toLowerCase();
  const icon = `state-${state.replace("_", "-")}`;
  const word = `Run, ${state.replace("_", " ")}`;
  return option(`/runs/${run.id}/`, icon, run.graph_name, word, "run");
}

/* Read anew at each opening: runs end and agents get names while a page stays open. */
async function load() {
  const [agents, runs] = await Promise.all([
    rowsOf(`${dialog.dataset.agents}?limit=100`),
    rowsOf(`${dialog.dataset.runs}?limit=20`),
  ]);
  for (const old of list.querySelectorAll("[data-loaded]")) old.remove();
  list.prepend(...agents.map(agentOption));
  list.append(...runs.map(runOption));
  filter(hasMoved ? chosen() : undefined);
}

/* --- Which of it is shown, and which is chosen --------------------------------------- */

function fits(item, words) {
  const text = `${item.textContent} ${item.dataset.word}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/* Before anything is typed, a few of each kind; then the first that fit. */
function filter(kept) {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const most = words.length > 0 ? MOST_SHOWN : MOST_UNASKED;
  const counts = new Map();
  for (const item of options()) {
    const kind = words.length > 0 ? "all" : (item.dataset.loaded ?? "page");
    const count = counts.get(kind) ?? 0;
    item.hidden = (kind !== "page" && count >= most) || !fits(item, words);
    if (!item.hidden) counts.set(kind, count + 1);
  }
  none.hidden = shown().length > 0;
  choose(kept && !kept.hidden ? kept : shown()[0]);
}

function choose(item) {
  for (const [place, other] of options().entries()) {
    other.id = `finder-${place}`;
    other.setAttribute("aria-selected", String(other === item));
  }
  if (item) field.setAttribute("aria-activedescendant", item.id);
  else field.removeAttribute("aria-activedescendant");
  item?.scrollIntoView({ block: "nearest" });
}

/* A choice made while the agents were still on their way must not jump. */
let hasMoved = false;

const chosen = () => list.querySelector("[aria-selected=true]");

function step(by) {
  const items = shown();
  hasMoved = true;
  choose(items[(items.indexOf(chosen()) + by + items.length) % items.length]);
}

function open() {
  if (dialog.open) return;
  field.value = "";
  hasMoved = false;
  dialog.showModal();
  field.focus();
  filter();
  load().catch(() => {}); // offline: the pages can still be chosen
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

field.addEventListener("input", () => filter());
field.addEventListener("keydown", (event) => {
  if (STEPS[event.key]) step(STEPS[event.key]);
  else if (event.key === "Enter") chosen()?.querySelector("a").click();
  else return;
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  const wanted = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  if (!wanted || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open();
});
for (const button of document.querySelectorAll("[data-finds]")) {
  button.addEventListener("click", open);
}
