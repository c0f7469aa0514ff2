/* Lists that keep themselves readable: relative times that stay true, "load more" in place. */

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const ago = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "long" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

function relative(date) {
  const seconds = (Date.now() - date.getTime()) / 1000;
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ["", 0];
  return unit ? ago.format(-Math.floor(seconds / size), unit) : "just now";
}

function showTimes() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const date = new Date(time.dateTime);
    time.textContent = relative(date);
    time.title = exact.format(date);
  }
}

async function loadMore(link) {
  link.setAttribute("aria-disabled", "true");
  try {
    const answer = await fetch(link.href, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const rows = page.querySelectorAll("#rows > tr");
    if (!rows.length) throw new Error("no rows"); // signed out meanwhile, say
    document.querySelector("#rows").append(...rows);
    const next = page.querySelector("[data-more]");
    link.closest(".more").replaceWith(next ? next.closest(".more") : "");
    rows[0].querySelector("a")?.focus();
    showTimes();
  } catch {
    window.location.assign(link.href);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.getAttribute("aria-disabled") !== "true") loadMore(link);
});

showTimes();
setInterval(showTimes, 30_000);
