"use strict";
/* The marks of schools, from the page's own list of symbols. */

const SYMBOL_SIZES = { circle: 0.72, triangle: 0.94, square: 0.82, diamond: 1.08, star: 1.5 };

function starPoints() {
  return Array.from({ length: 10 }, (_, k) => {
    const radius = k % 2 ? 4.6 : 10.6;
    const angle = (Math.PI * (k - 2.5)) / 5;
    return `${(12 + radius * Math.cos(angle)).toFixed(2)},${(12.6 + radius * Math.sin(angle)).toFixed(2)}`;
  }).join(" ");
}

const SYMBOL_BODIES = {
  circle: () => svg("circle", { class: "body", cx: 12, cy: 12, r: 9.5 }),
  triangle: () => svg("path", { class: "body", d: "M12 2 22.5 20.5 1.5 20.5Z" }),
  square: () => svg("rect", { class: "body", x: 3, y: 3, width: 18, height: 18 }),
  diamond: () => svg("path", { class: "body", d: "M12 1.5 22.5 12 12 22.5 1.5 12Z" }),
  star: () => svg("polygon", { class: "body", points: starPoints() }),
};

/** How schools of a level look: name, levels, shape and fill; see zoning.symbols. */
function kindOf(page, level) {
  return page.look.symbols.find((kind) => kind.levels.includes(level)) || page.look.symbols[0];
}

/** The mark of a school: shape and colour by level, and a ring for a full-time officer. */
function symbol(kind) {
  const drawing = svg("svg", { viewBox: "0 0 24 24", class: `symbol ${kind.shape}`, "aria-hidden": "true" });
  drawing.style.setProperty("--size", SYMBOL_SIZES[kind.shape]);
  const body = SYMBOL_BODIES[kind.shape]();
  body.style.fill = kind.fill;
  drawing.append(svg("circle", { class: "ring", cx: 12, cy: 12, r: 15.5 }), body);
  return drawing;
}

/** A round mark of a colour with a letter or sign in it: what changes at a school. */
function badge(sign, fillColour, ink, size = 1.15) {
  const drawing = svg("svg", { viewBox: "0 0 24 24", class: "symbol badge", "aria-hidden": "true" });
  drawing.style.setProperty("--size", size);
  const body = svg("circle", { class: "body", cx: 12, cy: 12, r: 11 });
  body.style.fill = fillColour;
  body.style.stroke = ink;
  const text = svg("text", { x: 12, y: 12, "text-anchor": "middle", "dominant-baseline": "central" });
  text.style.fill = ink;
  text.append(sign);
  drawing.append(body, text);
  return drawing;
}
