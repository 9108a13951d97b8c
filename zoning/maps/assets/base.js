"use strict";
/* What every page uses. Text from data goes in as text nodes only: no innerHTML,
   no Leaflet method that takes a string of HTML. */

const STEPS_PER_DEGREE = 1e5;

/** What Python put into the page. */
function pageData() {
  const data = JSON.parse(document.getElementById("zoning-data").textContent);
  data.page.tiles = data.tiles;
  data.page.scenarios = data.scenarios; // scenarios
  pageOfScenarios = data.page; // scenarios
  return data;
}

/** The points [lat, lon] of a line stored as steps. */
function points(steps) {
  const line = [];
  let lon = 0;
  let lat = 0;
  for (let k = 0; k < steps.length; k += 2) {
    lon += steps[k];
    lat += steps[k + 1];
    line.push([lat / STEPS_PER_DEGREE, lon / STEPS_PER_DEGREE]);
  }
  return line;
}

function place(spot) {
  return L.latLng(spot[1] / STEPS_PER_DEGREE, spot[0] / STEPS_PER_DEGREE);
}

/** An element with a class and children: nodes, or strings that become text. */
function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function fill(id, ...children) {
  const node = document.getElementById(id);
  node.replaceChildren(...children);
  return node;
}

function svg(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

/** A head cell of a column or a row; `meaning` comes up when it is hovered. */
function headCell(scope, text, meaning = "") {
  const cell = el("th", "", text);
  cell.scope = scope;
  if (meaning) cell.title = meaning;
  return cell;
}

/** The head and body of a table: names of columns, then rows of which the first cell is the head. */
function tableParts(names, rows, empty) {
  const heads = names.map((name) => headCell("col", name));
  const body = rows.map(([first, ...cells]) =>
    el("tr", "", headCell("row", first), ...cells.map((text) => el("td", "", text))));
  if (!rows.length) {
    const cell = el("td", "", empty);
    cell.colSpan = names.length;
    body.push(el("tr", "", cell));
  }
  return [el("thead", "", el("tr", "", ...heads)), el("tbody", "", ...body)];
}

/** A box that is ticked or not, in its label. `change(on)` is called when it changes. */
function tickBox(name, on, change) {
  const box = el("input", "");
  box.type = "checkbox";
  box.checked = on;
  box.addEventListener("change", () => change(box.checked));
  return el("label", "", box, name);
}

/** A list to choose from, in its label. `change(position)` is called when it changes. */
function chooser(name, texts, chosen, change) {
  const list = el("select", "");
  texts.forEach((text, k) => {
    const option = el("option", "", text);
    option.value = String(k);
    list.append(option);
  });
  list.value = String(chosen);
  list.addEventListener("change", () => change(Number(list.value)));
  return { label: el("label", "chooser", el("span", "", name), list), list };
}

/** A marker whose picture is a node, centred on its place. */
function nodeMarker(at, node, pane, interactive) {
  const icon = L.divIcon({ className: "at", html: node, iconSize: [0, 0] });
  return L.marker(at, { icon, pane, interactive, keyboard: false });
}

/** Title, district, date, cautions and notices, where the page has places for them. */
function drawHead(page) {
  const facts = [page.district, plural(page.schools.length, "school building", "school buildings")];
  facts[1] = page.scenarios.buildings; // scenarios
  if (page.date) facts.push(page.date);
  fill("title", page.title);
  fill("district", facts.join(" · "));
  const cautions = fill("cautions", ...page.cautions.map((text) => el("p", "", text)));
  cautions.hidden = page.cautions.length === 0;
  const notices = [...page.cautions, ...page.notices];
  if (page.tiles) {
    const server = new URL(page.tiles.url).host;
    notices.push(`The background map comes over the network from ${server}, which sees the address of whoever opens this page. Without a network the page shows its own streets.`);
  }
  fill("notices", ...notices.map((text) => el("li", "", text)));
}

/** A table of the zones of an option and the schools in them, with levels and programs. */
function drawZoneTable(id, page, k) {
  const { zones, commands } = page.options[k];
  const rows = zones.map((zone, z) => [
    zone.name,
    ...(commands.length ? [commands[z].name] : []),
    zone.high_school === null ? "no high school" : zone.high_school,
    zone.officer,
    zone.schools.map((s) => page.schools[s].name).join(", "),
  ]);
  const names = ["Zone", ...(commands.length ? ["Area"] : []), page.high_school_heading, "Officer", "Schools"];
  fill(id, ...tableParts(names, rows, "This option has no zones."));
}

/** A text with a capital. */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "A", "A and B", "A, B and C"; of more than `most` the first few and how many more. */
function joinNames(names, most = 3) {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names;
  return shown.length > 1 ? `${shown.slice(0, -1).join(", ")} and ${shown[shown.length - 1]}` : shown.join("");
}
