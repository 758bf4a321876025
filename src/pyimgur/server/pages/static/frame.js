"use strict";

// Tells the page around an embed how high it is. That says nothing of what the embed shows that the page could not see.

new ResizeObserver(() => {
  parent.postMessage({ pyimgurHeight: document.body.scrollHeight }, "*");
}).observe(document.body);
