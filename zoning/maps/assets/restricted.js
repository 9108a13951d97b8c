"use strict";
/* What only the restricted edition shows: routes and per-school response. */

/** Add the restricted figures below the public ones. */
function restrictedFigures(data) {
  data.page.rows.push(...data.restricted.rows);
  data.page.options.forEach((option, k) => option.figures.push(...data.restricted.options[k].figures));
}

/** Add routes and response to a map: layers, legend and hover text. */
function restrictedMap(layer, drawn) {
  drawn.map.createPane("routes").style.zIndex = 420;
  const renderer = L.svg({ pane: "routes", padding: 0.3 });
  const routeLayers = layer.options.map(() => null);
  let shown = 0;

  const routesOn = drawn.addLayer("Restricted", "Patrol routes", true, () => routes(shown));
  drawn.addLayer("Restricted", "Mean response", true, (on) => {
    drawn.element.classList.toggle("no-bands", !on);
  });
  drawn.addLegend(el("span", "swatch rule route"), "Patrol route");
  layer.bands.forEach((name, band) => {
    const patch = el("span", "swatch halo");
    patch.dataset.band = band;
    drawn.addLegend(patch, band ? name : `Mean response ${name}`);
  });
  drawn.addSchoolLines((k, s) => {
    const response = layer.options[k].responses[s];
    return response ? [`Mean response ${response.mean}`, `90th percentile ${response.p90}`] : [];
  });
  drawn.onShow((k) => {
    routes(k);
    drawn.schoolNodes.forEach((node, s) => {
      const response = layer.options[k].responses[s];
      if (response) node.dataset.band = response.band;
      else delete node.dataset.band;
    });
  });

  function routes(k) {
    if (routeLayers[shown]) drawn.map.removeLayer(routeLayers[shown]);
    shown = k;
    if (!routeLayers[k]) {
      const group = L.layerGroup();
      for (const route of layer.options[k].routes) {
        const lines = route.paths.map((path) => points(layer.paths[path]));
        const look = { pane: "routes", renderer, interactive: false };
        group.addLayer(L.polyline(lines, { ...look, color: "#ffffff", weight: 4.5, opacity: 0.7 }));
        group.addLayer(L.polyline(lines, { ...look, color: "#5b1a7a", weight: 2, opacity: 0.9 }));
      }
      routeLayers[k] = group;
    }
    if (routesOn.checked) drawn.map.addLayer(routeLayers[k]);
  }
}

/** The lens of the restricted page: who gets faster and slower. */
function responseLens(layer) {
  const [little, much] = layer.changes_s;
  return {
    name: "Faster or slower",
    none: "Not computed",
    kinds: layer.speed_kinds,
    kindOf(before, after, s) {
      const change = changeInMean(layer, before, after, s);
      if (change === null) return layer.speed_kinds.length;
      const by = Math.abs(change);
      if (by <= little) return 2;
      if (change < 0) return by > much ? 0 : 1;
      return by > much ? 4 : 3;
    },
  };
}

/** Seconds by which the mean response changes; null where one is not computed. */
function changeInMean(layer, before, after, s) {
  const [was, becomes] = [before, after].map((k) => layer.options[k].responses[s]);
  return was && becomes ? becomes.mean_s - was.mean_s : null;
}

/** What the comparison page takes from the restricted edition. */
function restrictedExtras(data) {
  const layer = data.restricted;
  const { schools } = data.page;
  restrictedFigures(data);
  fill("mark", layer.mark);

  const meanOf = (k, s) => (layer.options[k].responses[s] || { mean: "not computed" }).mean;
  const inMinutes = (change) => (change === null
    ? "not computed"
    : `${change < 0 ? "−" : "+"}${(Math.abs(change) / 60).toFixed(1)} min`);

  function slowest(k) {
    const rows = layer.options[k].slowest.map((s) => {
      const response = layer.options[k].responses[s];
      return [schools[s].name, response.mean, response.p90];
    });
    const names = ["School", "Mean response", "90th percentile"];
    fill("slowest", ...tableParts(names, rows, "No per-school response for this option."));
  }

  function notices(k) {
    document.querySelectorAll("#notices .of-restricted").forEach((node) => node.remove());
    for (const text of [layer.route_note, ...layer.options[k].notices]) {
      document.getElementById("notices").append(el("li", "of-restricted", text));
    }
  }

  return {
    dress: (drawn) => restrictedMap(layer, drawn),
    shown(k) {
      slowest(k);
      notices(k);
    },
    lenses: [responseLens(layer)],
    columns: [
      { name: "Mean response before", text: (before, _, s) => meanOf(before, s) },
      { name: "Mean response after", text: (_, after, s) => meanOf(after, s) },
      { name: "Difference", text: (before, after, s) => inMinutes(changeInMean(layer, before, after, s)) },
    ],
  };
}
