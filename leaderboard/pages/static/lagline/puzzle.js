// Solves the puzzle of the dispute form: finds a number whose hash with the puzzle's text begins with zero bits.
// It starts when the reader writes, so that it is solved when the form is sent.
"use strict";

(() => {
  const BATCH = 500;
  const region = document.querySelector(".puzzle");
  if (!region) return;
  const form = region.closest("form");
  const solution = form.elements.namedItem("solution");
  const status = region.querySelector("[role=status]");
  const bits = Number(region.dataset.bits);
  const encoder = new TextEncoder();

  const hasZeroBits = (buffer) => {
    const hash = new DataView(buffer);
    const first = hash.getUint32(0);
    return bits <= 32 && Math.clz32(first) >= bits;
  };

  const search = async () => {
    for (let start = 0; ; start += BATCH) {
      const hashes = await Promise.all(
        Array.from({ length: BATCH }, (_, i) =>
          crypto.subtle.digest("SHA-256", encoder.encode(`${region.dataset.text}:${start + i}`))),
      );
      const place = hashes.findIndex(hasZeroBits);
      if (place >= 0) return String(start + place);
    }
  };

  let solving;
  const solve = () => {
    solving ??= (async () => {
      status.textContent = region.dataset.solving;
      solution.value = await search();
      status.textContent = region.dataset.solved;
    })();
    return solving;
  };

  if (!globalThis.crypto?.subtle) { // a page without TLS, except on this machine
    status.hidden = true;
    region.querySelector("[data-unable]").hidden = false;
    return;
  }
  form.addEventListener("input", solve, { once: true });
  form.addEventListener("submit", (event) => {
    if (solution.value) return;
    event.preventDefault();
    solve().then(() => form.requestSubmit());
  });
})();
