/* The frame's behaviour: theme switch, rail, menus, dialogs, messages. */

const root = document.documentElement;

function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage may be closed: the choice then lasts as long as the page.
  }
}

function showTheme() {
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    const pressed = button.dataset.setTheme === root.dataset.theme;
    button.setAttribute("aria-pressed", String(pressed));
  }
}

function showRail() {
  const label = root.dataset.rail === "narrow" ? "Widen the menu" : "Narrow the menu";
  for (const button of document.querySelectorAll("[data-fold-rail]")) {
    button.title = label;
    button.querySelector("span").textContent = label;
  }
}

function openConfirmation(link) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("form").action = link.href;
  dialog.querySelector("[data-confirm-name]").textContent = link.dataset.confirm;
  link.closest("details")?.removeAttribute("open");
  dialog.showModal();
}

const actions = {
  "[data-set-theme]": (button) => {
    root.dataset.theme = button.dataset.setTheme;
    keep("theme", root.dataset.theme);
    showTheme();
  },
  "[data-fold-rail]": () => {
    const narrow = root.dataset.rail !== "narrow";
    if (narrow) root.dataset.rail = "narrow";
    else delete root.dataset.rail;
    keep("rail", narrow ? "narrow" : "wide");
    showRail();
  },
  "[data-opens]": (button) => document.getElementById(button.dataset.opens).showModal(),
  "[data-closes]": (button) => button.closest("dialog").close(),
  "[data-dismisses]": (button) => button.closest(".notice").remove(),
  "[data-confirm]": (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openConfirmation(link);
  },
};

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  if (event.target.matches("dialog")) event.target.close(); // the backdrop
  for (const [selector, act] of Object.entries(actions)) {
    const found = event.target.closest(selector);
    if (found) act(found, event);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

for (const fallback of document.querySelectorAll("[data-without-script]")) {
  fallback.hidden = true;
}

showTheme();
showRail();
