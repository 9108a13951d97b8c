"use strict";
/* Cost against response: a point an option, with the range of the assumptions.
   Text goes in as text nodes only. */

const CHART = { width: 640, height: 500, left: 64, right: 24, top: 20, bottom: 56 };

/** Round steps that cover a span with about so many ticks. */
function ticks(low, high, about) {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) found.push(at);
  return found;
}

function millions(dollars) {
  return dollars === 0 ? "$0" : `$${(dollars / 1e6).toLocaleString("en-US", { maximumFractionDigits: 2 })} M`;
}

/**
 * Draw the chart into a holder. `pick(option)` is called when a point is chosen.
 * Returns a function that marks the option shown.
 */
function frontierChart(holder, frontier, options, pick) {
  const points = frontier.points;
  const costs = points.flatMap((p) => p.cost);
  const waits = points.flatMap((p) => p.response);
  const right = Math.max(...costs) * 1.04 || 1;
  const top = Math.max(...waits) * 1.06 || 1;
  const across = (cost) => CHART.left + (cost / right) * (CHART.width - CHART.left - CHART.right);
  const down = (wait) => CHART.height - CHART.bottom - (wait / top) * (CHART.height - CHART.top - CHART.bottom);
  const drawing = svg("svg", {
    viewBox: `0 0 ${CHART.width} ${CHART.height}`, class: "chart", role: "group",
    "aria-label": "Cost a year against mean response, a button for each option",
  });
  holder.replaceChildren(drawing);
  const write = (text, attributes) => {
    const node = svg("text", attributes);
    node.append(text);
    drawing.append(node);
    return node;
  };
  const line = (x1, y1, x2, y2, className) => {
    const node = svg("line", { x1, y1, x2, y2, class: className });
    drawing.append(node);
    return node;
  };

  for (const cost of ticks(0, right, 6)) {
    line(across(cost), CHART.top, across(cost), down(0), "grid");
    write(millions(cost), { x: across(cost), y: down(0) + 20, class: "tick", "text-anchor": "middle" });
  }
  for (const wait of ticks(0, top, 6)) {
    line(CHART.left, down(wait), CHART.width - CHART.right, down(wait), "grid");
    write(String(Math.round(wait * 10) / 10), { x: CHART.left - 8, y: down(wait) + 4, class: "tick", "text-anchor": "end" });
  }
  write("Cost a year", { x: (CHART.left + CHART.width - CHART.right) / 2, y: CHART.height - 12, class: "axis", "text-anchor": "middle" });
  const side = write("Mean response, minutes", { x: 0, y: 0, class: "axis", "text-anchor": "middle" });
  side.setAttribute("transform", `translate(16 ${(CHART.top + down(0)) / 2}) rotate(-90)`);

  const best = points.filter((p) => p.not_dominated);
  if (best.length > 1) {
    drawing.append(svg("polyline", {
      class: "frontier", points: best.map((p) => `${across(p.cost[0])},${down(p.response[0])}`).join(" "),
    }));
  }
  for (const p of points) {
    line(across(p.cost[1]), down(p.response[0]), across(p.cost[2]), down(p.response[0]), "span");
    line(across(p.cost[0]), down(p.response[1]), across(p.cost[0]), down(p.response[2]), "span");
  }
  const buttons = new Map();
  const taken = points.map((p) => ({ x: across(p.cost[0]), y: down(p.response[0]), w: 20, h: 14 }));
  for (const p of points) {
    const x = across(p.cost[0]);
    const y = down(p.response[0]);
    const option = options[p.option];
    const said = `${option.label}: ${p.said}`;
    const group = svg("g", {
      class: `point${p.not_dominated ? " best" : ""}`, role: "button", tabindex: "0",
      "aria-label": `${said}. Show its map`, "aria-pressed": "false",
    });
    const title = svg("title", {});
    title.append(said);
    group.append(title, svg("circle", { cx: x, cy: y, r: 16, class: "touch" }));
    group.append(p.not_dominated
      ? svg("circle", { cx: x, cy: y, r: 8, class: "dot" })
      : svg("rect", { x: x - 6.5, y: y - 6.5, width: 13, height: 13, class: "dot" }));
    const name = svg("text", { class: "point-name" });
    group.append(name);
    group.addEventListener("click", () => pick(p.option));
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      pick(p.option);
    });
    drawing.append(group);
    buttons.set(p.option, group);
    const placed = [48, 28].some((most) => {
      name.textContent = option.label.length > most ? `${option.label.slice(0, most - 1)}…` : option.label;
      return settle(name, x, y, name.getComputedTextLength() || 7 * name.textContent.length, taken);
    });
    if (!placed) name.remove();
  }
  return (shown) => {
    for (const [option, group] of buttons) group.setAttribute("aria-pressed", String(option === shown));
  };
}

/** Put a point's name where nothing is yet: above or below it; whether there is such a place. */
function settle(name, x, y, width, taken) {
  const places = [
    { x: x + 12 + width / 2, y: y - 14, anchor: "start", at: [x + 12, y - 9] },
    { x: x - 12 - width / 2, y: y - 14, anchor: "end", at: [x - 12, y - 9] },
    { x: x + 12 + width / 2, y: y + 16, anchor: "start", at: [x + 12, y + 21] },
    { x: x - 12 - width / 2, y: y + 16, anchor: "end", at: [x - 12, y + 21] },
  ];
  const inside = (spot) => spot.x - width / 2 > CHART.left - 40 && spot.x + width / 2 < CHART.width;
  const clear = (spot) => taken.every((other) =>
    Math.abs(spot.x - other.x) > (width + other.w) / 2 || Math.abs(spot.y - other.y) > (18 + other.h) / 2);
  const spot = places.find((one) => inside(one) && clear(one));
  if (!spot) return false;
  name.setAttribute("x", spot.at[0]);
  name.setAttribute("y", spot.at[1]);
  name.setAttribute("text-anchor", spot.anchor);
  taken.push({ x: spot.x, y: spot.y, w: width, h: 18 });
  return true;
}
