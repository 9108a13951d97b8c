"use strict";
/* The chart of how many open schools no officer could reach in time, through the day. */

const COVER = { width: 640, height: 210, left: 44, right: 12, top: 10, bottom: 30 };
const COVER_LINES = [
  { color: "#7a8791", dash: "2 3", width: 1.6 },
  { color: "#0b5394", dash: "7 4", width: 2 },
  { color: "#b45f06", dash: "", width: 2.4 },
  { color: "#8c1515", dash: "10 3 2 3", width: 2.6 },
];

function coverAcross(day, seconds) {
  const span = Math.max(1, day.end - day.start);
  return COVER.left + ((seconds - day.start) / span) * (COVER.width - COVER.left - COVER.right);
}

/** Draw the chart of samples {at, over} and its key; the cursor is the line `#cursor`. */
function drawCoverChart(holder, key, days, schools, samples) {
  key.replaceChildren();
  holder.replaceChildren();
  if (!samples.length) return;
  const day = { start: samples[0].at, end: samples[samples.length - 1].at };
  const floor = COVER.height - COVER.bottom;
  const down = (count) => floor - (count / Math.max(1, schools)) * (floor - COVER.top);
  const drawing = svg("svg", {
    viewBox: `0 0 ${COVER.width} ${COVER.height}`, class: "chart", role: "img",
    "aria-label": "Open schools that no officer could reach in time, through the day; the table hour by hour is below",
  });
  const line = (x1, y1, x2, y2, attributes) => drawing.append(svg("line", { x1, y1, x2, y2, ...attributes }));
  const write = (text, attributes) => {
    const node = svg("text", { class: "tick", ...attributes });
    node.append(text);
    drawing.append(node);
  };
  for (const share of [0, 0.5, 1]) {
    const count = Math.round(schools * share);
    line(COVER.left, down(count), COVER.width - COVER.right, down(count), { class: "grid" });
    write(String(count), { x: COVER.left - 6, y: down(count) + 4, "text-anchor": "end" });
  }
  for (let hour = Math.ceil(day.start / 3600); hour * 3600 <= day.end; hour += 1) {
    const x = coverAcross(day, hour * 3600);
    line(x, COVER.top, x, floor, { class: "grid" });
    write(`${hour}:00`, { x, y: floor + 18, "text-anchor": "middle" });
  }
  days.thresholds.forEach((minutes, t) => {
    const look = COVER_LINES[t % COVER_LINES.length];
    const stroke = { fill: "none", stroke: look.color, "stroke-width": look.width, "stroke-dasharray": look.dash };
    drawing.append(svg("polyline", {
      ...stroke, points: samples.map((s) => `${coverAcross(day, s.at).toFixed(1)},${down(s.over[t]).toFixed(1)}`).join(" "),
    }));
    const swatch = svg("svg", { viewBox: "0 0 30 10", width: 30, height: 10, "aria-hidden": "true" });
    swatch.append(svg("line", { x1: 0, x2: 30, y1: 5, y2: 5, ...stroke }));
    key.append(el("li", "", swatch, `over ${minutes} min from every officer`));
  });
  line(COVER.left, COVER.top, COVER.left, floor, { id: "cursor", class: "cursor" });
  holder.append(drawing);
}
