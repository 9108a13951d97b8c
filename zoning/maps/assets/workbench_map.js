"use strict";
/* The map of the workbench: the ground of each school in the colour of its zone, the zones'
   borders and names, and marks at schools. An edit redraws only the zones it touches. */

/* Places that are tried for the name of a zone, in each direction. */
const LABEL_TRIES = 14;
/* A school in the way counts as much as a border so many times nearer; as in geometry.py. */
const LABEL_CLEARANCE = 0.7;
/* After an edit the names are laid out anew once nothing more happened for so long. */
const LAY_OUT_AFTER_MS = 250;

/** `12` for `Zone 12`, as on every other map; any other name as it is. */
function shortZone(id) {
  const numbered = /^zone (\d+)$/i.exec(id);
  return numbered ? numbered[1] : id;
}

/** A closed padlock. */
function padlock() {
  const drawing = svg("svg", { viewBox: "0 0 24 24", class: "padlock", "aria-hidden": "true" });
  drawing.append(
    svg("path", { d: "M7 11V7.5a5 5 0 0 1 10 0V11", fill: "none", stroke: "currentColor", "stroke-width": 3 }),
    svg("rect", { x: 4, y: 10.5, width: 16, height: 11, rx: 1.5, fill: "currentColor" }),
  );
  return drawing;
}

/** Whether a point is inside rings of flat coordinates [x, y, x, y ...], by the even-odd rule. */
function isInside(rings, x, y) {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const above = ring[i + 1] > y;
      if (above === ring[j + 1] > y) continue;
      if (x < ((ring[j] - ring[i]) * (y - ring[i + 1])) / (ring[j + 1] - ring[i + 1]) + ring[i]) inside = !inside;
    }
  }
  return inside;
}

/** Square of the distance of a point from a line of flat coordinates. */
function fromLine(line, x, y) {
  let least = Infinity;
  for (let k = 0; k + 3 < line.length; k += 2) {
    const [dx, dy] = [line[k + 2] - line[k], line[k + 3] - line[k + 1]];
    const along = ((x - line[k]) * dx + (y - line[k + 1]) * dy) / (dx * dx + dy * dy || 1);
    const t = Math.min(1, Math.max(0, along));
    const [ex, ey] = [line[k] + t * dx - x, line[k + 1] + t * dy - y];
    least = Math.min(least, ex * ex + ey * ey);
  }
  return least;
}

/** The cells of the buildings: their borders, neighbours, and which one is at a place. */
function benchCells(page, sheet) {
  const squeeze = Math.cos((page.schools[0].at[1] / STEPS_PER_DEGREE / 180) * Math.PI);
  const flatLine = (line) => line.flatMap(([lat, lon]) => [lon * squeeze, lat]);
  const shapes = sheet.cells.map((area) => area.map((polygon) => polygon.map(points)));
  const flat = shapes.map((area) => area.flat().map(flatLine));
  const boxes = flat.map((rings) => boxAround(rings));
  const near = sheet.cells.map(() => []);
  for (const [a, b] of sheet.neighbours) {
    near[a].push(b);
    near[b].push(a);
  }
  const arcs = sheet.cells.map(() => []);
  for (const [a, b, steps] of sheet.arcs) {
    const line = points(steps);
    const arc = { line, flat: flatLine(line) };
    arcs[a].push({ ...arc, other: b });
    if (b >= 0) arcs[b].push({ ...arc, other: a });
  }
  const spots = page.schools.map(({ at }) => [(at[0] / STEPS_PER_DEGREE) * squeeze, at[1] / STEPS_PER_DEGREE]);

  function boxAround(rings) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const ring of rings) {
      for (let k = 0; k < ring.length; k += 2) {
        box[0] = Math.min(box[0], ring[k]);
        box[1] = Math.min(box[1], ring[k + 1]);
        box[2] = Math.max(box[2], ring[k]);
        box[3] = Math.max(box[3], ring[k + 1]);
      }
    }
    return box;
  }

  /** The building whose ground is at a place; -1 for none. */
  function at(place) {
    const [x, y] = [place.lng * squeeze, place.lat];
    return boxes.findIndex((box, b) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]
      && isInside(flat[b], x, y));
  }

  /** The buildings of a zone in parts that hang together, the largest first. */
  function partsOf(members) {
    const left = new Set(members);
    const parts = [];
    for (const first of members) {
      if (!left.delete(first)) continue;
      const part = [first];
      for (const b of part) {
        for (const other of near[b]) if (left.delete(other)) part.push(other);
      }
      parts.push(part);
    }
    return parts.sort((a, b) => b.length - a.length);
  }

  /** A place well inside the ground of some buildings, clear of schools and borders. */
  function roomiest(part) {
    const inside = new Set(part);
    const edges = part.flatMap((b) => arcs[b].filter(({ other }) => !inside.has(other)).map((arc) => arc.flat));
    const [west, south, east, north] = boxAround(part.flatMap((b) => flat[b]));
    const clear = [...part.map((b) => spots[b]), ...spots.slice(sheet.cells.length)];
    let best = spots[part[0]];
    let most = -1;
    for (let i = 0; i < LABEL_TRIES; i++) {
      for (let j = 0; j < LABEL_TRIES; j++) {
        const x = west + ((i + 0.5) / LABEL_TRIES) * (east - west);
        const y = south + ((j + 0.5) / LABEL_TRIES) * (north - south);
        let room = Infinity;
        for (const spot of clear) {
          room = Math.min(room, LABEL_CLEARANCE ** 2 * ((spot[0] - x) ** 2 + (spot[1] - y) ** 2));
        }
        for (const edge of edges) {
          if (room <= most) break;
          room = Math.min(room, fromLine(edge, x, y));
        }
        if (room > most && part.some((b) => isInside(flat[b], x, y))) [best, most] = [[x, y], room];
      }
    }
    return L.latLng(best[1], best[0] / squeeze);
  }

  return {
    shapes, near, arcs, at,
    /** A place for the name of a zone in each of its parts. */
    labelsAt: (members) => partsOf(members).map(roomiest),
  };
}

/**
 * Draw the map of the workbench into `holder`; `desk` is that of workbench.js.
 *
 * Returns what gestures need: `schoolAt`, `zoneAt`, `aim`; and `update()`, `mark()`.
 */
function benchMap(holder, desk) {
  const { page, sheet, state } = desk;
  const count = sheet.cells.length;
  const drawn = districtMap(holder, page, {
    about: "Map of the zones and schools. Schools can be dragged from zone to zone; the lists beside the map do the same.",
    mapOptions: { boxZoom: false },
    ground: sheet.cells,
  });
  const { map, element, schoolNodes } = drawn;
  const ground = benchCells(page, sheet);
  const places = page.schools.map((school) => place(school.at));
  const inCells = inPane("cells", 355);
  const inEdges = inPane("edges", 392);
  const shapes = new Map(); // of each zone on the map
  const colours = new Map(); // by zone id, kept so that a zone stays as it was
  const zoneOf = new Array(count).fill(null);
  const fills = new Array(count).fill("");
  const spots = new WeakMap();
  const hover = L.tooltip({ className: "hover", opacity: 1, direction: "auto" });
  let hovered = null;
  const marked = { selected: new Set(), moved: new Set(), locked: new Set() };
  let later = 0;

  const cells = ground.shapes.map(drawCell);
  const outlines = {
    chosen: highlight("#0b5394", 5),
    target: highlight("#111111", 5),
  };
  drawn.addLabels(() => [...shapes.values()].flatMap((shape) => shape.labels));
  drawn.addSchoolLines((_, s) => desk.schoolFacts(s));
  drawLegend();
  drawn.show(-1);
  schoolNodes.slice(count).forEach((node) => node.classList.add("dedicated"));
  update();
  drawn.layOut();

  function inPane(pane, level) {
    map.createPane(pane).style.zIndex = level;
    return { pane, renderer: L.svg({ pane, padding: 0.3 }) };
  }

  function drawCell(area, b) {
    if (!area.length) return null;
    const cell = L.polygon(area, {
      ...inCells, color: "#ffffff", weight: 0.6, opacity: 0.55, fillOpacity: ZONE_OPACITY, className: "cell", smoothFactor: 1,
    }).addTo(map);
    cell.on("mouseover mousemove", ({ latlng }) => showHover(zoneOf[b], latlng));
    cell.on("mouseout", () => hover.remove());
    return cell;
  }

  /** Not Leaflet's own tooltip of each cell: a thousand cells would be stops of the Tab key. */
  function showHover(zone, at) {
    if (hovered !== zone) hover.setContent(hoverBox(zone.id, desk.zoneFacts(zone.id)));
    hovered = zone;
    hover.setLatLng(at).addTo(map);
  }

  function line(look) {
    return L.polyline([], { ...inEdges, interactive: false, smoothFactor: 1, ...look }).addTo(map);
  }

  /** A line around one zone, wherever its border is. */
  function highlight(color, weight) {
    const lines = [line({ color: "#ffffff", weight: weight + 3, opacity: 0.95 }), line({ color, weight })];
    let shown = null;
    return (zone) => {
      if (zone === shown) return;
      shown = zone;
      const border = zone === null ? [] : borderOf(zone, true);
      lines.forEach((one) => one.setLatLngs(border).bringToFront());
    };
  }

  /** The border of a zone with other zones; `all` of it, or without the edge of the district. */
  function borderOf(zone, all) {
    return zone.members.filter((b) => b < count).flatMap((b) => ground.arcs[b]
      .filter(({ other }) => (other < 0 ? all : zoneOf[other] !== zone))
      .map((arc) => arc.line));
  }

  function drawLegend() {
    const box = (mark) => el("span", `swatch mark-${mark}`);
    if (schoolNodes.length > count) {
      drawn.addLegend(el("span", "swatch dedicated", symbol(page.look.symbols[0])), "Officer there all day");
    }
    drawn.addLegend(box("selected"), "Selected");
    drawn.addLegend(box("moved"), "Moved");
    drawn.addLegend(el("span", "swatch mark-locked", padlock()), "Locked");
    drawn.addLegend(el("span", "swatch zone-label", el("span", "flag", "!")), "Breaks a rule");
  }

  /** Draw the plan that is open now. */
  function update() {
    const zones = state.plan.zones.filter((zone) => zone.members.some((b) => b < count));
    const now = new Set(zones);
    const gone = [...shapes.keys()].filter((zone) => !now.has(zone));
    const fresh = zones.filter((zone) => !shapes.has(zone));
    const free = new Map(gone.map((zone) => [zone.id, shapes.get(zone)]));
    gone.forEach((zone) => shapes.delete(zone));
    for (const zone of fresh) zone.members.forEach((b) => { if (b < count) zoneOf[b] = zone; });
    colour(fresh, gone);
    for (const zone of fresh) {
      const shape = free.get(zone.id) || newShape();
      free.delete(zone.id);
      shapes.set(zone, shape);
      const border = borderOf(zone, false);
      shape.lines.forEach((one) => one.setLatLngs(border));
      shape.lines[0].bringToBack();
      setLabels(shape, zone);
    }
    for (const shape of free.values()) {
      [...shape.lines, ...shape.labels.map((label) => label.marker)].forEach((layer) => layer.remove());
    }
    zones.forEach(paint);
    drawn.setCaption(desk.caption());
    hovered = null;
    hover.remove();
    mark();
    layOutLater();
  }

  function newShape() {
    return {
      lines: [line({ color: "#ffffff", weight: 4.5, opacity: 0.85 }), line({ color: "#3b434b", weight: 1.6 })],
      labels: [],
    };
  }

  function layOutLater() {
    clearTimeout(later);
    later = setTimeout(drawn.layOut, LAY_OUT_AFTER_MS);
  }

  /** Give new zones colours that their neighbours do not have; others keep theirs. */
  function colour(fresh, gone) {
    const ids = new Set(state.plan.zones.map((zone) => zone.id));
    const heirs = gone.filter((zone) => !ids.has(zone.id));
    for (const zone of fresh) {
      if (colours.has(zone.id)) continue;
      const members = new Set(zone.members);
      const old = heirs.find((other) => 2 * other.members.filter((b) => members.has(b)).length > other.members.length);
      if (old) colours.set(zone.id, colours.get(old.id));
    }
    const byDegree = fresh.map((zone) => [zone, besides(zone)]).sort((a, b) => b[1].size - a[1].size);
    for (const [zone, others] of byDegree) {
      const taken = new Set([...others].map((id) => colours.get(id)));
      if (colours.has(zone.id) && !taken.has(colours.get(zone.id))) continue;
      const uses = page.look.fills.map(() => 0);
      for (const other of state.plan.zones) if (colours.has(other.id)) uses[colours.get(other.id)] += 1;
      const open = uses.map((_, k) => k).filter((k) => !taken.has(k));
      const choice = open.length ? open : uses.map((_, k) => k);
      colours.set(zone.id, choice.reduce((best, k) => (uses[k] < uses[best] ? k : best)));
    }
  }

  /** Ids of the zones that touch a zone. */
  function besides(zone) {
    const ids = new Set();
    for (const b of zone.members) {
      for (const other of ground.near[b] || []) if (zoneOf[other] !== zone) ids.add(zoneOf[other].id);
    }
    return ids;
  }

  function paint(zone) {
    const fillColor = page.look.fills[colours.get(zone.id)];
    for (const b of zone.members) {
      if (b >= count || fills[b] === fillColor) continue;
      fills[b] = fillColor;
      if (cells[b]) cells[b].setStyle({ fillColor });
    }
  }

  function setLabels(shape, zone) {
    if (!spots.has(zone)) spots.set(zone, ground.labelsAt(zone.members.filter((b) => b < count)));
    const at = spots.get(zone);
    while (shape.labels.length > at.length) shape.labels.pop().marker.remove();
    at.forEach((spot, part) => {
      if (part < shape.labels.length) {
        shape.labels[part].at = spot;
        shape.labels[part].marker.setLatLng(spot);
        return;
      }
      const node = el("div", `zone-label${part ? " part hidden" : ""}`);
      const marker = nodeMarker(spot, node, "labels", false).addTo(map);
      shape.labels.push({ node, at: spot, sides: ["middle"], always: !part, gap: 0, marker });
    });
  }

  /** Put a mark at these schools and no others. */
  function markSchools(name, schools) {
    for (const b of marked[name]) {
      if (schools.has(b)) continue;
      schoolNodes[b].classList.remove(name);
      if (name === "locked") schoolNodes[b].querySelector(".padlock").remove();
    }
    for (const b of schools) {
      if (marked[name].has(b)) continue;
      schoolNodes[b].classList.add(name);
      if (name === "locked") schoolNodes[b].append(padlock());
    }
    marked[name] = new Set(schools);
  }

  /** Mark what is selected, moved, locked, broken and chosen. */
  function mark() {
    const { zones, schools } = state.locked;
    markSchools("selected", state.selected);
    markSchools("moved", desk.movedSchools());
    markSchools("locked", schools);
    const broken = desk.brokenZones();
    const names = new Set(state.plan.zones.map((zone) => zone.id));
    for (const [zone, shape] of shapes) {
      const short = shortZone(zone.id);
      const name = names.has(short) ? zone.id : short;
      const sign = `${broken.has(zone.id) ? "!" : ""}${zones.has(zone.id) ? "l" : ""}`;
      for (const { node } of shape.labels) {
        if (node.dataset.sign === sign && node.dataset.zone === name) continue;
        node.dataset.sign = sign;
        node.dataset.zone = name;
        node.replaceChildren(name, ...(broken.has(zone.id) ? [el("span", "flag", "!")] : []), ...(zones.has(zone.id) ? [padlock()] : []));
      }
    }
    const chosen = [...shapes.keys()].find((zone) => zone.id === desk.zone);
    outlines.chosen(chosen || null);
  }

  return {
    ...drawn,
    update,
    mark,
    /** Colour of a zone, for its row in the table. */
    fillOf: (id) => page.look.fills[colours.get(id)] || "transparent",
    /** The school that is nearest to a place in the window, at most `reach` pixels away; -1 for none. */
    schoolAt(x, y, reach) {
      const box = element.getBoundingClientRect();
      const spot = L.point(x - box.left, y - box.top);
      let found = -1;
      let least = reach;
      places.forEach((at, b) => {
        const away = map.latLngToContainerPoint(at).distanceTo(spot);
        if (away > least || schoolNodes[b].classList.contains("off")) return;
        [found, least] = [b, away];
      });
      return found;
    },
    /** The zone at a place in the window; null for none. */
    zoneAt(x, y) {
      const box = element.getBoundingClientRect();
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) return null;
      const b = ground.at(map.containerPointToLatLng([x - box.left, y - box.top]));
      return b < 0 ? null : zoneOf[b];
    },
    /** The buildings whose marks are in a box in the window. */
    schoolsIn(left, top, right, bottom) {
      const box = element.getBoundingClientRect();
      return places.map((_, b) => b).filter((b) => {
        const { x, y } = map.latLngToContainerPoint(places[b]).add([box.left, box.top]);
        return x >= left && x <= right && y >= top && y <= bottom && !schoolNodes[b].classList.contains("off");
      });
    },
    /** Show that a drag would end in a zone; null for none. */
    aim: outlines.target,
    /** Bring a zone into view. */
    lookAtZone(id) {
      const zone = [...shapes.keys()].find((one) => one.id === id);
      if (!zone) return;
      const bounds = L.latLngBounds(zone.members.filter((b) => b < count).map((b) => places[b]));
      if (!map.getBounds().contains(bounds)) map.fitBounds(bounds, { padding: [60, 60], maxZoom: map.getZoom() });
    },
  };
}
