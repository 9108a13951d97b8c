"use strict";
/* A map of the district: streets, outline, schools and the zones of one option.
   Everything of it hangs on its holder, so a page can have several. */

const MAP_OPTIONS = { zoomControl: true, attributionControl: false, zoomSnap: 0.05, trackResize: false };
const PANES = [
  ["zones", 350], ["streets", 370], ["veil", 380], ["borders", 390], ["schools", 620], ["labels", 640],
];
const ZONE_OPACITY = 0.62;

/* How many zoom levels closer than the whole district labels come up, in this order. */
const NAMES_FROM = [["star", 0.75], ["diamond", 1.5], ["square", 2], ["triangle", 2.5], ["circle", 2.5]];
const POST_LABELS_FROM = 1;

/* Pixels between schools from which marks have their full size, and the least share of it. */
const ROOMY_PX = 30;
const SMALLEST_MARK = 0.6;

/* How many schools are on the map about, when it goes to one of them, and the zoom levels closer
   than the whole district between which that may be: our choice, the school and those around it. */
const SCHOOLS_AROUND = 12;
const CLOSER_LEVELS = [0.75, 4];

/**
 * Draw a map into `holder`, an empty element.
 *
 * `about` is what a screen reader is told, `mapOptions` are Leaflet's; high schools can
 * have their names from the start instead of when closer. The caption says which option is
 * shown, and title, district and date; legend and sources stand below.
 * Until the reader moves it, the map fits the whole district, whatever its size; `ground` has
 * the areas that it keeps in sight besides schools and outline.
 * Where `story(option, school)` is given, see `schoolStory`, a click on a school chooses it and
 * its story stands below the map.
 *
 * Returns what a page may do with it, listed at the end; `show(k)` draws the zones of an
 * option, or none for -1.
 */
function districtMap(holder, page, { about, mapOptions = {}, nameHighSchools = false, story = null, ground = page.areas }) {
  const caption = el("strong", "");
  const named = [page.title, page.district, page.date].filter((text) => text).join(" · ");
  const plate = el("figcaption", "plate", caption, el("span", "", named));
  const element = el("div", "folium-map");
  element.setAttribute("role", "region");
  element.setAttribute("aria-label", `${about} The same facts are in the tables of this page.`);
  const legend = el("ul", "legend");
  legend.setAttribute("aria-label", "Legend");
  const credit = el("p", "credit", `Map drawn with Leaflet and Folium. ${page.attribution}`);
  if (page.tiles) credit.append(` Background over the network: ${page.tiles.attribution}.`);
  const told = story ? storyBox(() => {
    choose(-1);
    element.focus();
  }) : null;
  holder.append(
    el("figure", "map-box", plate, element, ...(told ? [told.box] : []), legend, credit),
  );

  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const motion = { zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, inertia: !still };
  const travel = still ? { animate: false } : {}; // for views that are gone to: Leaflet pans whatever it zooms
  const map = L.map(element, { ...MAP_OPTIONS, ...motion, ...mapOptions });
  for (const [name, level] of PANES) map.createPane(name).style.zIndex = level;
  const renderers = Object.fromEntries(
    ["zones", "streets", "veil", "borders"].map((pane) => [pane, L.svg({ pane, padding: 0.3 })]),
  );
  const inPane = (pane) => ({ pane, renderer: renderers[pane], interactive: false });
  const addLayer = layerControl(map);
  const whole = bounds();
  const schoolLines = [];
  const moreLabels = [];
  const listeners = [];
  const choosers = [];
  const hiddenLevels = new Set();
  const hiddenPrograms = new Set();
  const zoneLayers = page.options.map(() => null);
  const names = page.schools.map(() => null);
  let showNames = true;
  let showZones = true;
  let showCommands = false; // zones have the colour of their commander's area
  let districtZoom = 0;
  let shown = -1;
  let beside = -1; // scenarios
  let asked = -1; // the school that was chosen, also where the option shown does not have it
  let chosen = -1;
  const links = L.layerGroup();
  let looked = null; // what the screen showed before it was printed
  let fitting = false;
  let moved = false; // by the reader

  const streets = drawBackground(map, page, inPane);
  const markers = page.schools.map(schoolMarker);
  const schoolNodes = markers.map((marker) => marker.options.icon.options.html);
  const roads = page.streets.names.map(([text, at]) => label(el("div", "road", text), place(at), ["middle"]));
  drawControls();
  drawLegend();
  fit();
  map.on("movestart zoomstart", () => {
    moved = moved || !fitting;
  });
  map.on("zoomend moveend", layOut);
  new ResizeObserver(follow).observe(element);
  window.addEventListener("beforeprint", () => onPaper(true));
  window.addEventListener("afterprint", () => onPaper(false));

  function schoolMarker(school, k) {
    const kind = kindOf(page, school.level);
    const node = el("div", "school", symbol(kind));
    node.style.setProperty("--size", SYMBOL_SIZES[kind.shape]);
    const marker = nodeMarker(place(school.at), node, "schools", true).addTo(map);
    marker.setZIndexOffset(Math.round(SYMBOL_SIZES[kind.shape] * 1000));
    marker.bindTooltip(() => schoolText(k), { direction: "top", offset: [0, -8], className: "hover", opacity: 1 });
    if (story) marker.on("click", () => choose(k));
    return marker;
  }

  function schoolText(k) {
    const zone = shown < 0 ? null : page.options[shown].zones.find((z) => z.schools.includes(k));
    const more = schoolLines.flatMap((lines) => lines(shown, k));
    more.push(...scenarioLines(page, shown, k)); // scenarios
    return schoolHover(page, page.schools[k], zone, more);
  }

  /** A label that `placeLabels` shows where there is room. */
  function label(node, at, sides, { always = false, gap = 0 } = {}) {
    return { node, at, sides, always, gap, marker: nodeMarker(at, node, "labels", false).addTo(map) };
  }

  function nameLabel(k) {
    if (!names[k]) {
      const kind = kindOf(page, page.schools[k].level);
      const node = el("div", `name ${kind.shape}`, page.schools[k].name);
      node.style.setProperty("--size", SYMBOL_SIZES[kind.shape]);
      names[k] = label(node, place(page.schools[k].at), ["right", "left", "under"]);
    }
    return names[k];
  }

  function layerOf(k) {
    if (zoneLayers[k]) return zoneLayers[k];
    const group = L.layerGroup();
    const labels = [];
    const polygons = [];
    const { zones, commands } = page.options[k];
    for (const zone of zones) {
      const rings = page.areas[zone.area].map((polygon) => polygon.map(points));
      const area = L.polygon(rings, {
        pane: "zones", renderer: renderers.zones, stroke: false, className: "zone-area",
        fillColor: zoneFill(k, polygons.length), fillOpacity: ZONE_OPACITY,
      });
      const command = commands[polygons.length];
      polygons.push(area);
      area.bindTooltip(() => zoneHover(page, zone, command), { sticky: true, className: "hover", opacity: 1 });
      // A tooltip makes an area a stop of the Tab key in Chromium; the table of zones has the same.
      area.on("add", () => area.getElement().setAttribute("tabindex", "-1"));
      area.on("mouseover", () => area.setStyle({ fillOpacity: 0.85 }));
      area.on("mouseout", () => area.setStyle({ fillOpacity: ZONE_OPACITY }));
      const edge = { ...inPane("borders"), fill: false };
      group.addLayer(area);
      const [draw, border] = page.borders.length
        ? [L.polyline, page.borders[zone.area].map(points)]
        : [L.polygon, rings];
      group.addLayer(draw(border, { ...edge, color: "#ffffff", weight: 4, opacity: 0.85 }));
      group.addLayer(draw(border, { ...edge, color: "#3b434b", weight: 1.3, opacity: 0.95 }));
      zone.labels_at.forEach((spot, part) => {
        const node = el("div", `zone-label${zone.dedicated ? " post" : ""}${part ? " part" : ""}`, zone.label);
        const made = label(node, place(spot), ["middle"], { always: !zone.dedicated && !part });
        map.removeLayer(made.marker);
        group.addLayer(made.marker);
        labels.push({ ...made, post: zone.dedicated });
      });
    }
    zoneLayers[k] = { group, labels, polygons };
    return zoneLayers[k];
  }

  function zoneFill(k, z) {
    const { zones, commands } = page.options[k];
    const { colour } = showCommands && commands.length ? commands[z] : zones[z];
    return page.look.fills[colour % page.look.fills.length];
  }

  function drawControls() {
    L.control.scale({ maxWidth: 160, position: "bottomright" }).addTo(map);
    const home = el("button", "home", "Whole district");
    home.type = "button";
    home.addEventListener("click", () => fit());
    const control = L.control({ position: "topleft" });
    control.onAdd = () => {
      L.DomEvent.disableClickPropagation(home);
      return home;
    };
    control.addTo(map);
    let streetsBox = null;
    addLayer("On the map", "Zones", true, (on) => {
      showZones = on;
      element.classList.toggle("no-zones", !on);
      redrawZones(shown);
      layOut();
    });
    if (page.options.some((option) => option.commands.length)) {
      addLayer("On the map", "Areas of commanders, by colour", showCommands, (on) => {
        showCommands = on;
        zoneLayers.forEach((made, k) => {
          if (made) made.polygons.forEach((area, z) => area.setStyle({ fillColor: zoneFill(k, z) }));
        });
      });
    }
    addLayer("On the map", "School names", true, (on) => {
      showNames = on;
      layOut();
    });
    if (streets.getLayers().some((layer) => !layer.isEmpty())) {
      streetsBox = addLayer("On the map", "Streets", true, (on) => (on ? streets.addTo(map) : streets.remove()));
    }
    if (page.tiles) drawTiles(map, page.tiles, addLayer, streetsBox);
    for (const kind of presentKinds()) {
      addLayer("Schools by level", kind.name, true, (on) => hide(hiddenLevels, kind, on));
    }
    const programs = presentPrograms();
    if (programs.length < 2) return;
    for (const program of programs) {
      addLayer("Schools by program", capital(program), true, (on) => hide(hiddenPrograms, program, on));
    }
  }

  function presentKinds() {
    return page.look.symbols.filter((kind) => page.schools.some((s) => kindOf(page, s.level) === kind));
  }

  function presentPrograms() {
    return [...new Set(page.schools.flatMap((school) => school.programs))].sort();
  }

  function hide(hidden, what, on) {
    if (on) hidden.delete(what);
    else hidden.add(what);
    schoolNodes.forEach((node, k) => node.classList.toggle("off", !isSeen(k)));
    layOut();
  }

  /** A school is hidden with its level, or when all its programs are. */
  function isSeen(k) {
    if (!isThere(page, shown, beside, k)) return false; // scenarios
    if (k === chosen) return true;
    const { level, programs } = page.schools[k];
    if (hiddenLevels.has(kindOf(page, level))) return false;
    return programs.length === 0 || programs.some((program) => !hiddenPrograms.has(program));
  }

  function drawLegend() {
    for (const kind of presentKinds()) addLegend(el("span", "swatch", symbol(kind)), kind.name).classList.add("level");
    if (page.options.some((option) => option.zones.some((zone) => zone.dedicated))) {
      addLegend(el("span", "swatch dedicated", symbol(page.look.symbols[0])), "Officer there all day");
    }
    addLegend(el("span", "swatch planned", symbol(page.look.symbols[0])), "Planned school"); // scenarios
    addLegend(el("span", "swatch closed", symbol(page.look.symbols[0])), "School that closes"); // scenarios
    addLegend(el("span", "swatch tile"), "Zone with its name");
    if (page.outline.length) addLegend(el("span", "swatch rule outline"), "District");
    if (page.streets.freeways.length) addLegend(el("span", "swatch rule freeway"), "Freeway");
    if (page.streets.others.length + page.streets.arterials.length) {
      addLegend(el("span", "swatch rule street"), "Street");
    }
  }

  /** Add a patch and what it means; returns the item, so that it can be taken out. */
  function addLegend(patch, text) {
    const item = el("li", "", patch, text);
    legend.append(item);
    return item;
  }

  function bounds() {
    const box = L.latLngBounds(page.schools.map((school) => place(school.at)));
    for (const line of page.outline) box.extend(L.latLngBounds(points(line)));
    for (const [shell] of ground.flat()) box.extend(L.latLngBounds(points(shell)));
    return box;
  }

  function fit({ padding = 12 } = {}) {
    fitting = true;
    map.setMinZoom(0);
    map.setMaxZoom(18);
    districtZoom = Math.min(18, map.getBoundsZoom(whole, false, L.point(2 * padding, 2 * padding)));
    map.fitBounds(whole, { padding: [padding, padding], animate: false });
    map.setMinZoom(districtZoom - 2);
    fitting = false;
    moved = false;
  }

  /** Look where another map looks; `byReader` says whether the reader moved that one. */
  function lookAt(at, zoom, byReader) {
    fitting = true;
    map.setView(at, zoom, { animate: false });
    fitting = false;
    moved = byReader;
  }

  /** Take the element's new size; returns whether there is one. */
  function follow() {
    if (!element.offsetParent || element.classList.contains("paper")) return false;
    const { x, y } = map.getSize();
    if (x === element.clientWidth && y === element.clientHeight) return false;
    const kept = moved;
    map.invalidateSize({ animate: false, pan: false });
    moved = kept;
    if (moved) layOut();
    else fit();
    return true;
  }

  /** On paper the whole district, whatever was looked at; afterwards what was looked at. */
  function onPaper(printing) {
    if (printing === element.classList.contains("paper") || !element.offsetParent) return;
    if (printing) looked = { at: map.getCenter(), zoom: map.getZoom(), districtZoom, moved };
    element.classList.toggle("paper", printing);
    map.invalidateSize({ animate: false, pan: false });
    if (printing) fit({ padding: 8 });
    else {
      map.setView(looked.at, looked.zoom, { animate: false });
      ({ districtZoom, moved } = looked);
      map.setMinZoom(districtZoom - 2);
    }
    layOut();
  }

  /** Mark a school, and tell its story where the page has one; none for -1. */
  function choose(k) {
    if (k === asked) return;
    asked = k;
    drawChosen();
    if (!told || !follow()) layOut(); // the story takes some of the map's place
    for (const listener of choosers) listener(k);
  }

  function drawChosen() {
    const was = chosen;
    chosen = asked;
    if (asked >= 0) chosen = markIn(page, shown, beside, asked); // scenarios
    for (const k of [was, chosen].filter((at) => at >= 0)) {
      schoolNodes[k].classList.toggle("chosen", k === chosen);
      schoolNodes[k].classList.toggle("off", !isSeen(k));
      const name = nameLabel(k);
      name.node.classList.toggle("chosen", k === chosen);
      name.marker.setZIndexOffset(k === chosen ? 5000 : 0);
      markers[k].setZIndexOffset(Math.round(SYMBOL_SIZES[kindOf(page, page.schools[k].level).shape] * 1000) + (k === chosen ? 5000 : 0));
    }
    if (!told) return;
    const said = chosen < 0 ? null : story(shown, chosen);
    told.tell(said);
    drawLinks(said ? said.links : { all: [], here: [] });
  }

  function drawLinks({ all, here }) {
    links.clearLayers();
    const line = (k) => [place(page.schools[chosen].at), place(page.schools[k].at)];
    const look = { ...inPane("borders"), color: "#111", weight: 2 };
    links.addLayer(L.polyline(all.map(line), { ...look, color: "#fff", weight: 5, opacity: 0.8 }));
    links.addLayer(L.polyline(here.map(line), look));
    links.addLayer(L.polyline(all.filter((k) => !here.includes(k)).map(line), { ...look, dashArray: "3 6" }));
    links.addTo(map);
  }

  /** Go to a school, so close that about a dozen are on the map, or stay as close as it is. */
  function goTo(k) {
    const closer = Math.log2(Math.sqrt(page.schools.length / SCHOOLS_AROUND));
    const zoom = districtZoom + Math.min(CLOSER_LEVELS[1], Math.max(CLOSER_LEVELS[0], closer));
    map.setView(place(page.schools[k].at), Math.max(zoom, map.getZoom()), travel);
    element.parentNode.scrollIntoView({ block: "nearest" }); // on a phone the map is further down
  }

  function redrawZones(k) {
    if (shown >= 0 && zoneLayers[shown]) map.removeLayer(zoneLayers[shown].group);
    shown = k;
    if (k >= 0 && showZones) map.addLayer(layerOf(k).group);
  }

  function show(k) {
    redrawZones(k);
    drawChosen();
    const zones = k < 0 ? [] : page.options[k].zones;
    const posts = new Set(zones.filter((zone) => zone.dedicated).flatMap((zone) => zone.schools));
    schoolNodes.forEach((node, s) => node.classList.toggle("dedicated", posts.has(s)));
    schoolNodes.forEach((node, s) => markOfScenario(page, k, s, node, isSeen(s))); // scenarios
    setCaption(k < 0 ? "" : page.options[k].label);
    for (const listener of listeners) listener(k);
    layOut();
  }

  function setCaption(text) {
    caption.replaceChildren(text);
  }

  /** Put another mark in the place of a school's own, or its own again for null. */
  function setMark(k, mark) {
    schoolNodes[k].replaceChildren(mark || symbol(kindOf(page, page.schools[k].level)));
  }

  /** Below 1 where schools stand so close that marks of full size would cover one another. */
  function crowding(closer) {
    const { x, y } = map.getSize();
    const apart = Math.sqrt((x * y) / page.schools.length) * 2 ** closer;
    return Math.min(1, Math.max(SMALLEST_MARK, apart / ROOMY_PX));
  }

  /** Show the labels there is room for: zones first, then high schools, then the rest. */
  function layOut() {
    const closer = map.getZoom() - districtZoom;
    const scale = crowding(closer) * Math.min(1.7, Math.max(1, 1 + 0.18 * closer));
    element.style.setProperty("--zoom", scale.toFixed(2));
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const across = (shape) => SYMBOL_SIZES[shape] * scale * 0.95 * rem;
    const ofZones = shown >= 0 && showZones ? layerOf(shown).labels : moreLabels.flatMap((list) => list());
    ofZones.filter((made) => made.post && closer < POST_LABELS_FROM)
      .forEach((made) => made.node.classList.add("hidden"));
    const wanted = ofZones.filter((made) => !made.post || closer >= POST_LABELS_FROM);
    const marks = [];
    const seen = page.schools.map((school, k) => k).filter(isSeen);
    const byShape = (shape) => seen.filter((k) => kindOf(page, page.schools[k].level).shape === shape);
    for (const k of byShape("star")) {
      const at = map.latLngToContainerPoint(place(page.schools[k].at));
      const half = across("star") / 2;
      marks.push({ left: at.x - half, right: at.x + half, top: at.y - half, bottom: at.y + half });
    }
    names.forEach((made) => made && made.node.classList.add("hidden"));
    for (const [shape, from] of NAMES_FROM) {
      const all = showNames && (closer >= from || (nameHighSchools && shape === "star"));
      const gap = SYMBOL_SIZES[shape] * scale * 0.66 * rem + 0.1 * rem;
      for (const k of byShape(shape)) {
        if (all || k === chosen) wanted.push(Object.assign(nameLabel(k), { gap, always: k === chosen }));
      }
    }
    placeLabels(map, [...wanted, ...roads], marks);
  }

  return {
    map, element, plate, travel, show, schoolNodes, addLayer, addLegend, setCaption, setMark, layOut, fit, lookAt, choose,
    goTo,
    /** Also shows the schools of another option, from the next `show` on. */ // scenarios
    showBeside: (other) => { beside = other; }, // scenarios
    shown: () => shown,
    isMoved: () => moved,
    /** `list()` gives labels for `placeLabels`, for a map that draws zones of its own. */
    addLabels: (list) => moreLabels.push(list),
    /** `lines(option, school)` gives sentences for a school's hover text. */
    addSchoolLines: (lines) => schoolLines.push(lines),
    /** `listener(option)` is called after an option is shown. */
    onShow: (listener) => listeners.push(listener),
    /** `listener(school)` is called after a school is chosen, or none with -1. */
    onChoose: (listener) => choosers.push(listener),
  };
}
