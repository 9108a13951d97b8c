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
    drawn.addLegend(el("span", "swatch officer-swatch rest"), "Officer on a break");
    if (days.options.some((day) => day.base !== null)) {
      drawn.addLegend(el("span", "swatch base-swatch", "B"), "Base, where shifts begin and end");
    }
    drawn.addLegend(el("span", "swatch shut-swatch", symbol(page.look.symbols[0])), "School closed at this hour");
    drawn.addLegend(el("span", "swatch rule route"), "Patrol route");
    days.thresholds.forEach((minutes, t) => {
      if (!days.grounds.length) return;
      const patch = el("span", "swatch tile");
      patch.style.background = REACH_FILLS[t % REACH_FILLS.length];
      drawn.addLegend(patch, `In reach within ${minutes} min`);
    });
    drawn.addLegend(el("span", "swatch halo far-swatch"), `Open school, no officer within ${days.thresholds[days.thresholds.length - 1]} min`);
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
    slider.min = String(Math.floor(day.start / 60) * 60);
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
      const { label } = page.options[shown].zones[track.zone];
      const node = el("div", "officer", track.number > 1 ? `${label}·${track.number}` : label);
      const at = place(page.schools[track.stops[0].school].at);
      return { track, node, marker: nodeMarker(at, node, "labels", false).addTo(officerLayer) };
    });
    const { base } = days.options[shown];
    if (base === null) return;
    nodeMarker(place(page.schools[base].at), el("div", "base", "B"), "labels", false).addTo(officerLayer);
  }

  function nameOf(track) {
    const { name } = page.options[shown].zones[track.zone];
    return track.number > 1 ? `${name}, officer ${track.number}` : name;
  }

  function moveTo(seconds) {
    const spots = officers.map(({ track }) => whereabouts(track, seconds));
    officers.forEach(({ marker, node }, k) => {
      const spot = spots[k];
      node.classList.toggle("away", spot === null);
      if (spot === null) return;
      node.classList.toggle("driving", spot.path !== undefined);
      node.classList.toggle("rest", spot.rest === true);
      const way = spot.path === undefined ? [] : lineOf(spot.path);
      marker.setLatLng(way.length ? along(way, spot.share) : place(page.schools[spot.at].at));
    });
    drawReach(spots);
    const bands = nearestBands(days, spots);
    const worst = days.thresholds.length;
    const day = days.options[shown];
    const opens = page.schools.map((_, s) => day.tracks.length > 0 && isOpen(day, s, seconds));
    drawn.schoolNodes.forEach((node, s) => {
      node.classList.toggle("far", opens[s] && bands[s] === worst);
      node.classList.toggle("shut", !opens[s]);
    });
    const far = page.schools.filter((_, s) => opens[s] && bands[s] === worst).map((school) => school.name);
    const none = opens.includes(true) ? `None: an officer could be at every open school within ${days.thresholds[worst - 1]} min.` : "None: no school is open.";
    fill("far", far.length ? far.join(", ") : none);
    const text = sentence(seconds, spots, bands);
    fill("now", clockText(seconds));
    fill("state", text);
    slider.setAttribute("aria-valuetext", clockText(seconds));
    moveCursor(seconds);
  }

  function drawReach(spots) {
    reachLayer.clearLayers();
    if (!showReach) return;
    const called = spots.filter((spot) => spot && (days.called_in_break || !spot.rest));
    const standing = [...new Set(called.map((spot) => spot.at))];
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
    const day = days.options[shown];
    const over = overEach(days, day, bands || nearestBands(days, at), seconds);
    const { on, driving, rest } = dutyOf(at);
    const open = page.schools.filter((_, s) => day.tracks.length && isOpen(day, s, seconds)).length;
    const told = days.thresholds.map((minutes, t) => `${over[t]} over ${minutes} min`);
    return `${clockText(seconds)}: ${plural(on, "officer", "officers")} on duty, ` +
      `${on - driving - rest} at a school, ${driving} driving, ${rest} on a break. ` +
      `${plural(open, "open school", "open schools")}, by the nearest officer: ${told.join(", ")}.`;
  }

  function dutyOf(spots) {
    const on = spots.filter((spot) => spot);
    const driving = on.filter((spot) => spot.path !== undefined).length;
    return { on: on.length, driving, rest: on.filter((spot) => spot.rest).length };
  }

  function stopsAt(school) {
    const day = days.options[shown];
    if (!day.tracks.length) return [];
    const hours = day.hours[school];
    const open = hours === null ? "Closed all day" : `Open ${hours.map(clockText).join(" to ")}`;
    return [open, ...day.tracks.flatMap((track) => {
      const visits = track.stops.filter((stop) => stop.school === school && stop.departure > stop.arrival)
        .map((stop) => `${clockText(stop.arrival)} to ${clockText(stop.departure)}`);
      return visits.length ? [`Officer of ${nameOf(track)}: ${visits.join(", ")}`] : [];
    })];
  }

  function sampled(every) {
    const day = days.options[shown];
    const { start: from, end: to, tracks } = day;
    const times = [];
    for (let at = from; at < to; at += every) times.push(at);
    if (tracks.length) times.push(to);
    return times.map((at) => {
      const spots = tracks.map((track) => whereabouts(track, at));
      return { at, ...dutyOf(spots), over: overEach(days, day, nearestBands(days, spots), at) };
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
      page.schools[gap.school].name, option.zones[gap.zone].name, gap.when || "unknown", gap.why,
    ]);
    fill("gaps", ...tableParts(["School", "Zone", "When", "Gap"], gaps, day.no_gaps));
    const over = days.thresholds.map((minutes) => `Open schools over ${minutes} min`);
    const hours = sampled(3600).map((now_) => [
      clockText(now_.at), ...[now_.on, now_.driving, now_.rest, ...now_.over].map(String),
    ]);
    fill("hours", ...tableParts(["Time", "Officers on duty", "Driving", "On a break", ...over], hours, "No timetable."));
    const stops = day.tracks.flatMap((track) => track.stops.map((stop) => [
      nameOf(track), clockText(stop.arrival), clockText(stop.departure), page.schools[stop.school].name, whatFor(track, stop),
    ]));
    fill("stops", ...tableParts(["Officer of", "From", "To", "School", "What"], stops, "No timetable."));
  }

  function whatFor(track, stop) {
    const rests = track.breaks.filter(([begin, end]) => stop.arrival <= begin && end <= stop.departure);
    const told = rests.map(([begin, end]) => `break ${clockText(begin)} to ${clockText(end)}`);
    const alone = rests.some(([begin, end]) => begin === stop.arrival && end === stop.departure);
    if (alone) return "break";
    return [stop.departure > stop.arrival ? "visit" : "base", ...told].join(", ");
  }

  return drawn;
}
