/* A file may be dropped anywhere on the import card; a chosen file is sent at once. */

const drop = document.querySelector("[data-drop]");
const input = drop.querySelector("input[type=file]");

function mark(over) {
  drop.classList.toggle("drop--over", over);
}

drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  mark(true);
});
drop.addEventListener("dragleave", () => mark(false));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  mark(false);
  if (!event.dataTransfer.files.length) return;
  input.files = event.dataTransfer.files;
  input.form.requestSubmit();
});
