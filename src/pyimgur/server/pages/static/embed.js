"use strict";

// Replaces Imgur's embed snippet, <blockquote class="imgur-embed-pub" data-id="a/ID">, by a frame with the album or image.
// If the frame does not load, the quote with its link stays. The server fills in its own URL below.

(() => {
  const SERVER = "{{ pages }}";
  const ID = /^(a\/)?[A-Za-z0-9]{5,8}$/;
  const MAX_HEIGHT = 20_000; // pixels
  const quotes = new Map(); // window of a frame -> the frame and the quote that it replaces

  function replace(quote) {
    const id = quote.dataset.id;
    if (!ID.test(id) || quote.dataset.replaced) return;
    quote.dataset.replaced = "yes";
    const context = quote.dataset.context === "false" ? "?context=false" : "";
    const frame = document.createElement("iframe");
    frame.src = `${SERVER}/${id}/embed${context}`;
    frame.className = "imgur-embed-iframe-pub";
    frame.title = quote.textContent.trim() || id;
    frame.allowFullscreen = true;
    Object.assign(frame.style, { width: "100%", maxWidth: "540px", height: "0", border: "0", display: "block" });
    quote.after(frame);
    quotes.set(frame.contentWindow, { frame, quote });
  }

  function resize(event) {
    const entry = event.origin === SERVER && quotes.get(event.source);
    const height = event.data?.pyimgurHeight;
    if (!entry || !Number.isFinite(height)) return;
    entry.frame.style.height = `${Math.min(Math.max(height, 1), MAX_HEIGHT)}px`;
    entry.quote.remove();
  }

  function replaceAll() {
    document.querySelectorAll("blockquote.imgur-embed-pub[data-id]").forEach(replace);
  }

  addEventListener("message", resize);
  replaceAll();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", replaceAll);
})();
