/* Buttons that copy a text and say that they did. */

const SAID_FOR_MS = 1500;

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Browsers open the clipboard to secure addresses only; elsewhere this old way works.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("refused");
}

function say(button, words) {
  const label = button.querySelector("span");
  button.dataset.label ??= label.textContent;
  label.textContent = words;
  clearTimeout(button.timer);
  button.timer = setTimeout(() => {
    label.textContent = button.dataset.label;
  }, SAID_FOR_MS);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  try {
    await copy(button.dataset.copies);
    say(button, "Copied");
  } catch {
    say(button, "Could not copy");
  }
});
