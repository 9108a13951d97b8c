"use strict";
/* The restricted page of a patrol day: a time slider, where officers are, and what is left open. */

const STEP_S = 300;
const PLAY_STEP_S = 60;
const PLAY_EVERY_MS = 120;
const REACH_FILLS = ["#2c7fb8", "#7fcdbb", "#c7e9b4", "#edf8b1"];

function patrolDayPage({ page, days }) {
  fill("mark", days.mark);
  drawHead(page);
  document.getElementById("notices").prepend(...days.notes.map((text) => el("li", "", text)));
  const drawn = districtMap(document.getElementById("map"), page, {
    about: "Map of where officers are at the time chosen, and the ground they could reach.",
  });
  const { map } = drawn;
  map.createPane("reach").style.zIndex = 360;
  map.createPane("routes").style.zIndex = 420;
  const reachPane = L.svg({ pane: "reach", padding: 0.3 });
  const routePane = L.svg({ pane: "routes", padding: 0.3 });
  const lines = days.paths.map(() => null);
  const grounds = days.grounds.map(() => null);
  const reachLayer = L.layerGroup().addTo(map);
  const routeLayer = L.layerGroup().addTo(map);
  const officerLayer = L.layerGroup().addTo(map);
  const slider = document.getElementById("time");
  const play = document.getElementById("play");
  const timetabled = page.options.map((_, k) => k).filter((k) => days.options[k].tracks.length);
  let shown = timetabled.length ? timetabled[0] : page.shown;
  let showReach = days.grounds.length > 0;
  let showRoutes = true;
  let officers = [];
  let timer = null;

  drawControls();
  showOption(shown);
  map.invalidateSize({ animate: false, pan: false });
  drawn.fit();

  function drawControls() {
    const names = timetabled.map((k) => page.options[k].label);
    const { label } = chooser("Staffing option", names, 0, (position) => showOption(timetabled[position]));
    fill("which", timetabled.length ? label : "No option has a timetable: there is no patrol day to show.");
    if (days.grounds.length) {
      drawn.addLayer("Restricted", "Ground in reach", true, (on) => {
        showReach = on;
        moveTo(now());
      });
    }
    drawn.addLayer("Restricted", "Patrol routes", true, (on) => {
      showRoutes = on;
      drawRoutes();
    });
    drawn.addLegend(el("span", "swatch officer-swatch"), "Officer");
    drawn.addLegend(el("span", "swatch rule route"), "Patrol route");
    days.thresholds.forEach((minutes, t) => {
      if (!days.grounds.length) return;
      const patch = el("span", "swatch tile");
      patch.style.background = REACH_FILLS[t % REACH_FILLS.length];
      drawn.addLegend(patch, `In reach within ${minutes} min`);
    });
    drawn.addLegend(el("span", "swatch halo far-swatch"), `No officer within ${days.thresholds[days.thresholds.length - 1]} min`);
    slider.addEventListener("input", () => moveTo(now()));
    slider.addEventListener("change", () => fill("live", sentence(now())));
    document.getElementById("earlier").addEventListener("click", () => step(-STEP_S));
    document.getElementById("later").addEventListener("click", () => step(STEP_S));
    play.addEventListener("click", () => (timer === null ? start() : stop()));
    drawn.addSchoolLines((k, s) => stopsAt(s));
  }

  function now() {
    return Number(slider.value);
  }

  function step(seconds) {
    slider.value = String(now() + seconds);
    moveTo(now());
    fill("live", sentence(now()));
  }

  function start() {
    if (now() >= Number(slider.max)) slider.value = slider.min;
    play.replaceChildren("Pause");
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      slider.value = String(now() + PLAY_STEP_S);
      moveTo(now());
      if (now() >= Number(slider.max)) stop();
    }, PLAY_EVERY_MS);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.replaceChildren("Play");
    play.setAttribute("aria-pressed", "false");
  }

  function showOption(k) {
    shown = k;
    if (timer !== null) stop();
    const day = days.options[k];
    slider.min = String(day.start);
    slider.max = String(day.end);
    slider.disabled = day.tracks.length === 0;
    slider.value = String(Math.min(day.end, Math.max(day.start, 10 * 3600)));
    drawn.show(k);
    drawRoutes();
    drawOfficers();
    drawCover();
    drawTables();
    moveTo(now());
    fill("live", sentence(now()));
  }

  function lineOf(path) {
    if (!lines[path]) lines[path] = points(days.paths[path]);
    return lines[path];
  }

  function drawRoutes() {
    routeLayer.clearLayers();
    if (!showRoutes) return;
    const look = { pane: "routes", renderer: routePane, interactive: false };
    for (const track of days.options[shown].tracks) {
      const ways = [...new Set(track.paths)].map(lineOf).filter((way) => way.length);
      routeLayer.addLayer(L.polyline(ways, { ...look, color: "#ffffff", weight: 4, opacity: 0.6 }));
      routeLayer.addLayer(L.polyline(ways, { ...look, color: "#5b1a7a", weight: 1.6, opacity: 0.75 }));
    }
  }

  function drawOfficers() {
    officerLayer.clearLayers();
    officers = days.options[shown].tracks.map((track) => {
      const zone = page.options[shown].zones[track.zone];
      const node = el("div", "officer", zone.label);
      const at = place(page.schools[track.stops[0].school].at);
      return { track, node, marker: nodeMarker(at, node, "labels", false).addTo(officerLayer) };
    });
  }

  function moveTo(seconds) {
    const spots = officers.map(({ track }) => whereabouts(track, seconds));
    officers.forEach(({ marker, node }, k) => {
      const spot = spots[k];
      node.classList.toggle("away", spot === null);
      if (spot === null) return;
      node.classList.toggle("driving", spot.path !== undefined);
      const way = spot.path === undefined ? [] : lineOf(spot.path);
      marker.setLatLng(way.length ? along(way, spot.share) : place(page.schools[spot.at].at));
    });
    drawReach(spots);
    const bands = nearestBands(days, spots);
    const worst = days.thresholds.length;
    drawn.schoolNodes.forEach((node, s) => node.classList.toggle("far", bands[s] === worst));
    const far = page.schools.filter((_, s) => bands[s] === worst).map((school) => school.name);
    fill("far", far.length ? far.join(", ") : `None: an officer could be at every school within ${days.thresholds[worst - 1]} min.`);
    const text = sentence(seconds, spots, bands);
    fill("now", clockText(seconds));
    fill("state", text);
    slider.setAttribute("aria-valuetext", clockText(seconds));
    moveCursor(seconds);
  }

  function drawReach(spots) {
    reachLayer.clearLayers();
    if (!showReach) return;
    const standing = [...new Set(spots.filter((spot) => spot).map((spot) => spot.at))];
    for (let t = days.thresholds.length - 1; t >= 0; t -= 1) {
      for (const school of standing) {
        const rings = groundOf(school, t);
        if (!rings.length) continue;
        reachLayer.addLayer(L.polygon(rings, {
          pane: "reach", renderer: reachPane, interactive: false, stroke: false,
          fillColor: REACH_FILLS[t % REACH_FILLS.length], fillOpacity: 1,
        }));
      }
    }
  }

  function groundOf(school, threshold) {
    if (!grounds[school]) grounds[school] = days.thresholds.map(() => null);
    if (!grounds[school][threshold]) {
      grounds[school][threshold] = days.grounds[school][threshold].map((polygon) => polygon.map(points));
    }
    return grounds[school][threshold];
  }

  function sentence(seconds, spots, bands) {
    const at = spots || officers.map(({ track }) => whereabouts(track, seconds));
    const over = overEach(days, bands || nearestBands(days, at));
    const on = at.filter((spot) => spot);
    const driving = on.filter((spot) => spot.path !== undefined).length;
    const told = days.thresholds.map((minutes, t) => `${over[t]} over ${minutes} min`);
    return `${clockText(seconds)}: ${plural(on.length, "officer", "officers")} on duty, ` +
      `${on.length - driving} at a school, ${driving} driving. Schools by the nearest officer: ${told.join(", ")}.`;
  }

  function stopsAt(school) {
    return days.options[shown].tracks.flatMap((track) => {
      const visits = track.stops.filter((stop) => stop.school === school)
        .map((stop) => `${clockText(stop.arrival)} to ${clockText(stop.departure)}`);
      return visits.length ? [`Officer of ${page.options[shown].zones[track.zone].name}: ${visits.join(", ")}`] : [];
    });
  }

  function sampled(every) {
    const { start: from, end: to, tracks } = days.options[shown];
    const times = [];
    for (let at = from; at < to; at += every) times.push(at);
    if (tracks.length) times.push(to);
    return times.map((at) => {
      const spots = tracks.map((track) => whereabouts(track, at));
      return { at, on: spots.filter((spot) => spot), over: overEach(days, nearestBands(days, spots)) };
    });
  }

  function drawCover() {
    drawCoverChart(document.getElementById("cover"), document.getElementById("cover-key"), days, page.schools.length, sampled(STEP_S));
  }

  function moveCursor(seconds) {
    const cursor = document.getElementById("cursor");
    if (!cursor) return;
    const x = coverAcross(days.options[shown], seconds);
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
  }

  function drawTables() {
    const option = page.options[shown];
    const day = days.options[shown];
    const gaps = day.gaps.map((gap) => [
      page.schools[gap.school].name, option.zones[gap.zone].name, gap.bells || "unknown", gap.why,
    ]);
    fill("gaps", ...tableParts(["School", "Zone", "Bell", "Gap"], gaps, day.no_gaps));
    const over = days.thresholds.map((minutes) => `Schools over ${minutes} min`);
    const hours = sampled(3600).map((now_) => [
      clockText(now_.at), String(now_.on.length),
      String(now_.on.filter((spot) => spot.path !== undefined).length), ...now_.over.map(String),
    ]);
    fill("hours", ...tableParts(["Time", "Officers on duty", "Driving", ...over], hours, "No timetable."));
    const stops = day.tracks.flatMap((track) => track.stops.map((stop) => [
      option.zones[track.zone].name, clockText(stop.arrival), clockText(stop.departure), page.schools[stop.school].name,
    ]));
    fill("stops", ...tableParts(["Zone", "From", "To", "School"], stops, "No timetable."));
  }

  return drawn;
}
