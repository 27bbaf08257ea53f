// Keeps a submission's or a run's page current: by events while they come, by asking where they do not.
// Without this script the page is the same; a reload shows how things stand.
"use strict";

const EVERY_MS = 3000;

function follow(region) {
  if (!region.dataset.events) return;
  const source = new EventSource(region.dataset.events);
  let timer = null;
  let moved = null;
  const ask = () => htmx.trigger(region, "ask");
  const end = () => { source.close(); clearInterval(timer); };

  source.addEventListener("part", (event) => {
    clearInterval(timer);
    timer = null;
    show(region.querySelector("[data-part]"), event.data);
  });
  source.addEventListener("moved", (event) => {
    if (moved !== null && moved !== event.data) ask();
    moved = event.data;
  });
  source.addEventListener("end", () => { end(); ask(); });
  // Asked for, all of the region comes anew: a reader who has unfolded something is left in peace.
  const askQuietly = () => { if (!region.querySelector("details[open]")) ask(); };
  source.addEventListener("error", () => { timer ??= setInterval(askQuietly, EVERY_MS); });
  // What was asked for comes back as a new region, which is followed anew.
  region.addEventListener("htmx:beforeSwap", (event) => { if (event.target === region) end(); });
}

// A reader whose focus is on a link of the part keeps it.
function show(part, markup) {
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.innerHTML = markup;
  if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
}

document.querySelectorAll("[data-events]").forEach(follow);
htmx.onLoad((element) => { if (element.dataset.events) follow(element); });
