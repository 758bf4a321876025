"use strict";

// Elements that need this script are hidden until it runs; the pages work without it.

function showStatus(element, text) {
  element.closest(".card").querySelector("[role=status]").textContent = text;
}

async function copy(button, text, fallback) {
  try {
    await navigator.clipboard.writeText(text);
    showStatus(button, "Copied.");
  } catch {
    fallback();
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", () =>
    copy(button, source.textContent, () => {
      getSelection().selectAllChildren(source);
      showStatus(button, "Selected: now press Ctrl+C or ⌘C.");
    }));
}

for (const button of document.querySelectorAll("[data-copy-url]")) {
  button.hidden = false;
  button.addEventListener("click", () =>
    copy(button, location.href, () => showStatus(button, "Please copy it from the address bar.")));
}

for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const isVisible = field.type === "password";
    field.type = isVisible ? "text" : "password";
    button.textContent = isVisible ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(isVisible));
    field.focus();
  });
}

function chooseFirst(event, files, field) {
  if (!files.length) return;
  event.preventDefault();
  const transfer = new DataTransfer();
  transfer.items.add(files[0]);
  field.files = transfer.files;
  const isMany = files.length > 1;
  showStatus(field, isMany ? `Only one file at a time: ${files[0].name} was chosen from ${files.length} files.` : "");
}

for (const hint of document.querySelectorAll("[data-paste]")) {
  const field = document.getElementById(hint.dataset.paste);
  hint.hidden = false;
  document.addEventListener("paste", (event) => chooseFirst(event, event.clipboardData.files, field));
  field.addEventListener("dragover", (event) => event.preventDefault()); // or a drop of several files does nothing
  field.addEventListener("drop", (event) => chooseFirst(event, event.dataTransfer.files, field));
  field.addEventListener("change", () => showStatus(field, ""));
}
