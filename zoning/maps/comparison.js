"use strict";
/* The comparison page. Text from data goes in as text nodes only: no innerHTML,
   no Leaflet method that takes a string of HTML. */

const STEPS_PER_DEGREE = 1e5;

/* Tol's light scheme (colour-blind safe, made for areas under dark text). */
const ZONE_FILLS = [
  "#77aadd", "#eedd88", "#ffaabb", "#44bb99", "#ee8866", "#bbcc33", "#99ddff", "#c9c9c9",
];

const LEVELS = [
  { name: "Elementary", levels: ["elementary"], shape: "circle", size: 0.72 },
  { name: "Middle", levels: ["middle"], shape: "square", size: 0.82 },
  { name: "Secondary or combined", levels: ["secondary", "combined"], shape: "diamond", size: 1.08 },
  { name: "High", levels: ["high"], shape: "star", size: 1.5 },
];

/* How many zoom levels closer than the whole district labels come up, in this order. */
const NAMES_FROM = [["star", 0.75], ["diamond", 1.5], ["square", 2], ["circle", 2.5]];
const POST_LABELS_FROM = 1;

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

function starPoints() {
  return Array.from({ length: 10 }, (_, k) => {
    const radius = k % 2 ? 4.6 : 10.6;
    const angle = (Math.PI * (k - 2.5)) / 5;
    return `${(12 + radius * Math.cos(angle)).toFixed(2)},${(12.6 + radius * Math.sin(angle)).toFixed(2)}`;
  }).join(" ");
}

/** The mark of a school: shape and colour by level, and a ring for a full-time officer. */
function symbol(kind) {
  const drawing = svg("svg", { viewBox: "0 0 24 24", class: `symbol ${kind.shape}`, "aria-hidden": "true" });
  drawing.style.setProperty("--size", kind.size);
  drawing.append(svg("circle", { class: "ring", cx: 12, cy: 12, r: 15.5 }));
  const shapes = {
    circle: () => svg("circle", { class: "body", cx: 12, cy: 12, r: 9.5 }),
    square: () => svg("rect", { class: "body", x: 3, y: 3, width: 18, height: 18 }),
    diamond: () => svg("path", { class: "body", d: "M12 1.5 22.5 12 12 22.5 1.5 12Z" }),
    star: () => svg("polygon", { class: "body", points: starPoints() }),
  };
  drawing.append(shapes[kind.shape]());
  return drawing;
}

function levelOf(school) {
  return LEVELS.find((kind) => kind.levels.includes(school.level)) || LEVELS[0];
}

function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

/** A marker whose picture is a node, centred on its place. */
function nodeMarker(at, node, pane, interactive) {
  const icon = L.divIcon({ className: "at", html: node, iconSize: [0, 0] });
  return L.marker(at, { icon, pane, interactive, keyboard: false });
}

function comparisonPage(map, page) {
  const panes = [
    ["zones", 350], ["streets", 370], ["veil", 380], ["borders", 390], ["schools", 620], ["labels", 640],
  ];
  for (const [name, level] of panes) map.createPane(name).style.zIndex = level;

  const schoolLines = []; // functions (option, school) -> lines added to a school's hover text
  const several = page.options.length > 1;
  const listeners = []; // functions (option) called after an option is shown
  const roadLabels = [];
  const zoneRenderer = L.svg({ pane: "zones", padding: 0.3 });
  const borderRenderer = L.svg({ pane: "borders", padding: 0.3 });
  let districtZoom = 0;
  let shown = 0;
  let looked = null; // what the screen showed before it was printed

  drawHead();
  drawBackground();
  const zoneLayers = page.options.map(() => null);
  const zoneLabels = page.options.map(() => []);
  const schoolNodes = drawSchools();
  const schoolLabels = page.schools.map((school) => nameLabel(school));
  const radios = drawOptions();
  drawMatrix();
  drawLegend();
  fitDistrict();
  map.on("zoomend resize", layOut);
  window.addEventListener("beforeprint", () => onPaper(true));
  window.addEventListener("afterprint", () => onPaper(false));

  function drawHead() {
    fill("title", page.title);
    fill("district", `${page.district} · ${plural(page.schools.length, "school building", "school buildings")}`);
    const cautions = fill("cautions", ...page.cautions.map((text) => el("p", "", text)));
    cautions.hidden = page.cautions.length === 0;
    fill("notices", ...[...page.cautions, ...page.notices].map((text) => el("li", "", text)));
    fill("credit", `Map drawn with Leaflet and Folium. ${page.attribution}`);
  }

  function drawBackground() {
    const renderer = L.svg({ pane: "streets", padding: 0.3 }); // a canvas resized for paper prints opaque
    const quiet = { pane: "streets", renderer, interactive: false, smoothFactor: 1.2 };
    const weights = [
      [page.streets.others, "#8a8f94", 0.6, 0.55],
      [page.streets.arterials, "#7b8187", 1.1, 0.6],
      [page.streets.freeways, "#6a7076", 2.6, 0.75],
    ];
    for (const [lines, color, weight, opacity] of weights) {
      L.polyline(lines.map(points), { ...quiet, color, weight, opacity }).addTo(map);
    }
    L.polyline(page.outline.map(points), {
      pane: "borders", renderer: borderRenderer, interactive: false, color: "#20262c", weight: 2.4,
    }).addTo(map);
    if (page.outline.length) veilOutside(page.outline.map(points));
  }

  /** Fade the streets outside the district. */
  function veilOutside(rings) {
    const world = [[85, -180], [85, 180], [-85, 180], [-85, -180]];
    L.polygon([world, ...rings], {
      pane: "veil", renderer: L.svg({ pane: "veil", padding: 0.3 }), interactive: false,
      stroke: false, fillColor: "#fbfbf9", fillOpacity: 0.6, fillRule: "evenodd",
    }).addTo(map);
  }

  function drawSchools() {
    return page.schools.map((school, k) => {
      const node = el("div", "school", symbol(levelOf(school)));
      node.style.setProperty("--size", levelOf(school).size);
      const marker = nodeMarker(place(school.at), node, "schools", true).addTo(map);
      marker.setZIndexOffset(Math.round(levelOf(school).size * 1000));
      marker.bindTooltip(() => schoolText(k), { direction: "top", offset: [0, -8], className: "hover", opacity: 1 });
      return node;
    });
  }

  function schoolText(k) {
    const school = page.schools[k];
    const zone = page.options[shown].zones.find((z) => z.schools.includes(k));
    const box = el("div", "", el("strong", "", school.name), el("span", "", levelOf(school).name));
    if (zone) {
      box.append(el("span", "", zone.dedicated ? "An officer is here all day" : `In ${zone.name}`));
    }
    for (const lines of schoolLines) box.append(...lines(shown, k).map((text) => el("span", "", text)));
    return box;
  }

  function nameLabel(school) {
    const kind = levelOf(school);
    const node = el("div", `name ${kind.shape}`, school.name);
    node.style.setProperty("--size", kind.size);
    nodeMarker(place(school.at), node, "labels", false).addTo(map);
    return node;
  }

  function layerOf(k) {
    if (!zoneLayers[k]) {
      const group = L.layerGroup();
      for (const zone of page.options[k].zones) {
        const rings = page.areas[zone.area].map((polygon) => polygon.map(points));
        const area = L.polygon(rings, {
          pane: "zones", renderer: zoneRenderer, stroke: false,
          fillColor: ZONE_FILLS[zone.colour % ZONE_FILLS.length], fillOpacity: 0.62,
          className: "zone-area",
        });
        area.bindTooltip(() => zoneText(zone), { sticky: true, className: "hover", opacity: 1 });
        area.on("mouseover", () => area.setStyle({ fillOpacity: 0.85 }));
        area.on("mouseout", () => area.setStyle({ fillOpacity: 0.62 }));
        const edge = {
          pane: "borders", renderer: borderRenderer, interactive: false, fill: false,
        };
        group.addLayer(area);
        group.addLayer(L.polygon(rings, { ...edge, color: "#ffffff", weight: 4, opacity: 0.85 }));
        group.addLayer(L.polygon(rings, { ...edge, color: "#3b434b", weight: 1.3, opacity: 0.95 }));
        zone.labels_at.forEach((spot, part) => {
          const label = el("div", `zone-label${zone.dedicated ? " post" : ""}${part ? " part" : ""}`, zone.label);
          group.addLayer(nodeMarker(place(spot), label, "labels", false));
          zoneLabels[k].push(label);
        });
      }
      zoneLayers[k] = group;
    }
    return zoneLayers[k];
  }

  function zoneText(zone) {
    const box = el("div", "", el("strong", "", zone.name));
    box.append(el("span", "", zone.high_school === null
      ? "Not aligned with a high school" : `Aligned with ${zone.high_school}`));
    box.append(el("span", "", zone.dedicated
      ? "One officer stays at this building all day"
      : `One officer patrols ${plural(zone.schools.length, "building", "buildings")}`));
    const list = el("ul", "");
    for (const k of zone.schools.slice(0, 12)) list.append(el("li", "", page.schools[k].name));
    if (zone.schools.length > 12) list.append(el("li", "", `and ${zone.schools.length - 12} more`));
    box.append(list);
    return box;
  }

  function drawOptions() {
    const heads = page.headlines.map((row) => {
      const cell = el("th", "", page.rows[row].label);
      cell.scope = "col";
      cell.title = page.rows[row].meaning;
      return cell;
    });
    const first = el("th", "", "Option");
    first.scope = "col";
    const body = el("tbody", "");
    const inputs = page.options.map((option, k) => {
      const input = el("input", "");
      input.type = "radio";
      input.name = "option";
      input.id = `option-${k}`;
      input.addEventListener("change", () => show(k));
      const label = el("label", "", el("span", "text", option.label));
      label.htmlFor = input.id;
      if (several && option.not_dominated) label.append("\u00a0", sign());
      const head = el("th", "choice", input, label);
      head.scope = "row";
      const row = el("tr", "", head, ...page.headlines.map((f) => {
        const { value } = option.figures[f];
        return el("td", /\d/.test(value) ? "" : "missing", value);
      }));
      row.addEventListener("click", (event) => {
        if (event.target.closest("label, input")) return;
        input.focus();
        input.checked = true;
        show(k);
      });
      body.append(row);
      return input;
    });
    fill("options", el("thead", "", el("tr", "", first, ...heads)), body);
    if (several) fill("key", sign(), " Not dominated: no other option is as good in annual cost, mean response and 90th percentile and better in one of them.");
    else {
      fill("choices-title", "Staffing");
      fill("matrix-title", "What each figure means");
    }
    return inputs;
  }

  function sign() {
    const mark = el("span", "sign", "◆");
    mark.title = "Not dominated";
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", "not dominated");
    return mark;
  }

  function valueCell(figure, tag = "td") {
    const cell = el(tag, "", el("span", "value", figure.value));
    if (figure.spread) cell.append(" ", el("span", "spread", figure.spread));
    return cell;
  }

  function rowHead(row) {
    const cell = el("th", "", row.label);
    cell.scope = "row";
    cell.title = row.meaning;
    return cell;
  }

  function drawMatrix() {
    const corner = el("th", "", "Figure");
    corner.scope = "col";
    const heads = page.options.map((option) => {
      const cell = el("th", "", el("span", "text", option.label));
      cell.scope = "col";
      if (several && option.not_dominated) cell.append("\u00a0", sign());
      return cell;
    });
    const rows = page.rows.map((row, f) => {
      const head = rowHead(row);
      head.append(el("span", "meaning", row.meaning));
      return el("tr", "", head, ...page.options.map((option) => valueCell(option.figures[f])));
    });
    fill("matrix", el("thead", "", el("tr", "", corner, ...heads)), el("tbody", "", ...rows));
  }

  function drawFigures(k) {
    const option = page.options[k];
    fill("shown-label", option.label);
    fill("shown-description", option.description);
    fill("shown-proof", option.proof);
    const rows = page.rows.map((row, f) => el("tr", "", rowHead(row), valueCell(option.figures[f])));
    fill("figures", el("tbody", "", ...rows));
    for (const row of document.querySelectorAll("#matrix tr")) {
      Array.from(row.cells).forEach((cell, c) => cell.classList.toggle("shown", c === k + 1));
    }
    document.querySelectorAll("#options tbody tr").forEach((row, c) => row.classList.toggle("shown", c === k));
    const said = page.headlines.map((f) => `${page.rows[f].label} ${option.figures[f].value}`);
    fill("live", `Showing ${option.label}. ${said.join(", ")}.`);
  }

  function drawZoneTable(k) {
    const names = ["Zone", "Aligned with", "Officer", "Schools"];
    const heads = names.map((name) => {
      const cell = el("th", "", name);
      cell.scope = "col";
      return cell;
    });
    const rows = page.options[k].zones.map((zone) => el("tr", "",
      rowHead({ label: zone.name, meaning: "" }),
      el("td", "", zone.high_school === null ? "no high school" : zone.high_school),
      el("td", "", zone.dedicated ? "stays all day" : "patrols"),
      el("td", "", zone.schools.map((s) => page.schools[s].name).join(", ")),
    ));
    if (!rows.length) {
      const cell = el("td", "", "This option has no zones.");
      cell.colSpan = names.length;
      rows.push(el("tr", "", cell));
    }
    fill("zone-table", el("thead", "", el("tr", "", ...heads)), el("tbody", "", ...rows));
  }

  function drawLegend() {
    const present = LEVELS.filter((kind) => page.schools.some((s) => kind.levels.includes(s.level)));
    const items = present.map((kind) => el("li", "", el("span", "swatch", symbol(kind)), kind.name));
    if (page.options.some((option) => option.zones.some((zone) => zone.dedicated))) {
      const post = el("span", "swatch dedicated", symbol(LEVELS[0]));
      items.push(el("li", "", post, "Officer there all day"));
    }
    items.push(el("li", "", el("span", "swatch tile"), "Zone with its number"));
    if (page.outline.length) items.push(el("li", "", el("span", "swatch rule outline"), "District"));
    if (page.streets.freeways.length) items.push(el("li", "", el("span", "swatch rule freeway"), "Freeway"));
    if (page.streets.others.length + page.streets.arterials.length) {
      items.push(el("li", "", el("span", "swatch rule street"), "Street"));
    }
    fill("legend", ...items);
  }

  function bounds() {
    const box = L.latLngBounds(page.schools.map((school) => place(school.at)));
    for (const line of page.outline) box.extend(L.latLngBounds(points(line)));
    for (const [shell] of page.areas.flat()) box.extend(L.latLngBounds(points(shell)));
    return box;
  }

  function fitDistrict() {
    map.setMaxZoom(18);
    map.fitBounds(bounds(), { padding: [12, 12], animate: false });
    map.setMinZoom(map.getZoom() - 2);
    districtZoom = map.getZoom();
    L.control.scale({ maxWidth: 160, position: "bottomright" }).addTo(map);
    const home = L.control({ position: "topleft" });
    home.onAdd = () => {
      const button = el("button", "home", "Whole district");
      button.type = "button";
      button.addEventListener("click", () => map.fitBounds(bounds(), { padding: [12, 12] }));
      L.DomEvent.disableClickPropagation(button);
      return button;
    };
    home.addTo(map);
    for (const [name, at] of page.streets.names) {
      const node = el("div", "road", name);
      nodeMarker(place(at), node, "labels", false).addTo(map);
      roadLabels.push(node);
    }
  }

  /** On paper the whole district, whatever was looked at; afterwards what was looked at. */
  function onPaper(printing) {
    const holder = map.getContainer();
    if (printing === holder.classList.contains("paper")) return;
    if (printing) looked = { at: map.getCenter(), zoom: map.getZoom() };
    holder.classList.toggle("paper", printing);
    map.invalidateSize({ animate: false, pan: false });
    if (printing) map.fitBounds(bounds(), { padding: [8, 8], animate: false });
    else map.setView(looked.at, looked.zoom, { animate: false });
    layOut();
  }

  function show(k) {
    if (zoneLayers[shown]) map.removeLayer(zoneLayers[shown]);
    shown = k;
    radios[k].checked = true;
    map.addLayer(layerOf(k));
    const posts = new Set(page.options[k].zones.filter((z) => z.dedicated).flatMap((z) => z.schools));
    schoolNodes.forEach((node, s) => node.classList.toggle("dedicated", posts.has(s)));
    drawFigures(k);
    drawZoneTable(k);
    layOut();
    for (const listener of listeners) listener(k);
  }

  /** Show the labels there is room for: zones first, then high schools, then the rest. */
  function layOut() {
    const closer = map.getZoom() - districtZoom;
    map.getContainer().style.setProperty("--zoom", Math.min(1.7, Math.max(1, 1 + 0.18 * closer)).toFixed(2));
    const taken = [];
    const frame = map.getContainer().getBoundingClientRect();
    const clear = (box) => taken.every((other) =>
      box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom);
    const seen = (box) =>
      box.right > frame.left && box.left < frame.right && box.bottom > frame.top && box.top < frame.bottom;
    const cut = (box) => seen(box) && (box.left < frame.left || box.right > frame.right);
    const put = (node, always) => {
      const box = node.getBoundingClientRect();
      const free = clear(box) && !cut(box);
      node.classList.toggle("hidden", !(always || free));
      if (always || free) taken.push(box);
      return free;
    };
    const isMain = (node) => !node.classList.contains("post") && !node.classList.contains("part");
    zoneLabels[shown].filter(isMain).forEach((node) => put(node, true));
    schoolNodes.forEach((node) => {
      if (node.querySelector(".star")) taken.push(node.firstChild.getBoundingClientRect());
    });
    zoneLabels[shown].forEach((node) => {
      if (isMain(node)) return;
      if (!node.classList.contains("post") || closer >= POST_LABELS_FROM) put(node, false);
      else node.classList.add("hidden");
    });
    for (const [shape, from] of NAMES_FROM) {
      schoolLabels.forEach((node) => {
        if (!node.classList.contains(shape)) return;
        const wanted = closer >= from;
        node.classList.toggle("hidden", !wanted);
        if (!wanted) return;
        for (const side of ["right", "left", "under"]) {
          node.dataset.side = side;
          if (put(node, false)) return;
        }
      });
    }
    roadLabels.forEach((node) => put(node, false));
  }

  return {
    show,
    addSchoolLines: (lines) => schoolLines.push(lines),
    onShow: (listener) => listeners.push(listener),
    schoolNodes,
  };
}
