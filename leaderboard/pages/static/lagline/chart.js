// Draws a chart again from its specification, so that its points can be asked; the drawing stays if that fails.
"use strict";

(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wide = matchMedia("(min-width: 45em)");
  const options = {
    ast: true,
    renderer: "svg",
    actions: false,
    defaultStyle: false,
    logLevel: 1, // errors
    tooltip: { disableDefaultStyle: true },
  };

  const theme = () => `${dark.matches ? "dark" : "light"}-${wide.matches ? "wide" : "narrow"}`;

  let loading;
  const load = (address) => {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.type = "module";
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return loading;
  };

  const embed = async (figure) => {
    const answer = await fetch(`${figure.dataset.specs}${theme()}.json`);
    if (!answer.ok) throw new Error(`no specification: ${answer.status}`);
    const spec = await answer.json();
    await load(figure.dataset.vega);
    const place = document.createElement("div");
    place.className = "live";
    return { place, view: await window.vegaEmbed(place, spec, options) };
  };

  // By keyboard: Tab leads to the chart, the arrows from point to point, each with what it is; Escape back.
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

  const tell = (point, type) => {
    const { x, y, width, height } = point.getBoundingClientRect();
    const at = { clientX: x + width / 2, clientY: y + height / 2, bubbles: true };
    point.dispatchEvent(new PointerEvent(type, at));
  };

  const walkable = (place, name) => {
    place.querySelectorAll("[aria-roledescription$=container]").forEach((one) => one.removeAttribute("aria-roledescription"));
    const left = (point) => point.getBoundingClientRect().x;
    const points = [...place.querySelectorAll("path[aria-label]")].sort((one, other) => left(one) - left(other));
    points.forEach((point) => { point.tabIndex = -1; });
    Object.assign(place, { tabIndex: 0, role: "group", ariaLabel: name });
    place.addEventListener("keydown", (event) => {
      const now = points.indexOf(document.activeElement);
      const next = event.key in steps ? points[Math.max(now + steps[event.key], 0)] : undefined;
      if (now >= 0 && (next || event.key === "Escape")) tell(points[now], "mouseout");
      if (event.key === "Escape") place.focus();
      if (!next) return;
      event.preventDefault();
      next.focus();
      tell(next, "pointermove");
    });
  };

  const start = (figure) => {
    const drawing = figure.querySelector(".drawing");
    let shown;
    let turn = 0;
    const draw = async () => {
      const mine = ++turn;
      const made = await embed(figure).catch(() => undefined);
      if (!made) return;
      if (mine !== turn) { // the theme or the width has changed meanwhile: a later turn draws
        made.view.finalize();
        return;
      }
      shown?.view.finalize();
      shown?.place.remove();
      drawing.querySelector("picture").hidden = true;
      drawing.append(made.place);
      walkable(made.place, drawing.querySelector("img").alt);
      shown = made;
    };
    draw();
    dark.addEventListener("change", draw);
    wide.addEventListener("change", draw);
  };

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      seen.unobserve(entry.target);
      start(entry.target);
    }
  }, { rootMargin: "200px" });

  // The charts' script is many times the page: it comes with the first sign of somebody who may ask a point.
  const signs = ["pointermove", "pointerdown", "touchstart", "keydown", "scroll"];
  const begin = () => {
    signs.forEach((sign) => removeEventListener(sign, begin));
    document.querySelectorAll("figure[data-specs][data-vega]:not([data-vega=''])").forEach((one) => seen.observe(one));
  };
  signs.forEach((sign) => addEventListener(sign, begin, { passive: true }));
})();
