"use strict";

// What needs a script is hidden until it runs: without one the page shows all that is needed.

function say(beside, words) {
  beside.closest(".card").querySelector("[role=status]").textContent = words;
}

async function copy(button, text, fallback) {
  try {
    await navigator.clipboard.writeText(text);
    say(button, "Copied.");
  } catch {
    fallback();
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const shown = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", () =>
    copy(button, shown.textContent, () => {
      getSelection().selectAllChildren(shown);
      say(button, "Marked: now press Ctrl+C or ⌘C.");
    }));
}

for (const button of document.querySelectorAll("[data-copy-address]")) {
  button.hidden = false;
  button.addEventListener("click", () =>
    copy(button, location.href, () => say(button, "Please copy it from the address bar.")));
}

for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(shown));
    field.focus();
  });
}

function take(event, files, field) {
  if (!files.length) return;
  event.preventDefault();
  const first = new DataTransfer();
  first.items.add(files[0]);
  field.files = first.files;
  say(field, files.length > 1 ? `One at a time: of these ${files.length}, only ${files[0].name} was taken.` : "");
}

for (const hint of document.querySelectorAll("[data-paste]")) {
  const field = document.getElementById(hint.dataset.paste);
  hint.hidden = false;
  document.addEventListener("paste", (event) => take(event, event.clipboardData.files, field));
  field.addEventListener("dragover", (event) => event.preventDefault()); // else several files are turned away unsaid
  field.addEventListener("drop", (event) => take(event, event.dataTransfer.files, field));
  field.addEventListener("change", () => say(field, ""));
}
