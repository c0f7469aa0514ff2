/* Says what a cron expression means and when it is due, while it is typed. */

const PAUSE_MS = 250;

const form = document.querySelector("[data-preview]");
const cron = form.elements.namedItem("cron");
const zone = form.elements.namedItem("timezone");
const box = form.querySelector("[data-shows]");
const words = box.querySelector(".preview__words");
const times = box.querySelector(".preview__times");

const exact = new Intl.DateTimeFormat("en-GB", {
  timeZone: form.dataset.zone,
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

function item(text) {
  const time = document.createElement("time");
  time.dateTime = text;
  time.textContent = exact.format(new Date(text));
  const line = document.createElement("li");
  line.append(time);
  return line;
}

function show(answer) {
  const faults = answer.errors ?? [];
  box.hidden = false;
  box.classList.toggle("preview--wrong", faults.length > 0);
  words.textContent = faults.length
    ? faults.map((fault) => fault.message).join(" ")
    : `${answer.phrase}, ${zone.value} time`;
  times.replaceChildren(...(answer.times ?? []).map(item));
}

let latest = 0;

async function look() {
  const mine = ++latest;
  if (!cron.value.trim() || !zone.value.trim()) {
    box.hidden = true;
    return;
  }
  const query = new URLSearchParams({ cron: cron.value, timezone: zone.value });
  try {
    const answer = await fetch(`${form.dataset.preview}?${query}`);
    const body = await answer.json();
    if (mine === latest) show(body);
  } catch {
    if (mine === latest) box.hidden = true; // the server says what is wrong when it is sent
  }
}

let timer = 0;

for (const field of [cron, zone]) {
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
}

look();
