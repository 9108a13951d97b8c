"use strict";
/* What only the restricted edition shows: routes and per-school response. */

/** Add the restricted figures below the public ones. */
function restrictedFigures(data) {
  data.page.rows.push(...data.restricted.rows);
  data.page.options.forEach((option, k) => option.figures.push(...data.restricted.options[k].figures));
}

function restrictedPage(map, data, page) {
  const layer = data.restricted;
  const schools = data.page.schools;
  map.createPane("routes").style.zIndex = 420;
  const renderer = L.svg({ pane: "routes", padding: 0.3 });
  const routeLayers = layer.options.map(() => null);
  let shown = 0;

  fill("mark", layer.mark);
  const box = el("input", "");
  box.type = "checkbox";
  box.checked = true;
  box.id = "routes-on";
  const label = el("label", "", box, "Patrol routes");
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    const holder = el("div", "switch", label);
    L.DomEvent.disableClickPropagation(holder);
    return holder;
  };
  control.addTo(map);
  box.addEventListener("change", () => routes(shown));

  const legend = document.getElementById("legend");
  legend.append(el("li", "", el("span", "swatch rule route"), "Patrol route"));
  layer.bands.forEach((name, band) => {
    const patch = el("span", "swatch halo");
    patch.dataset.band = band;
    legend.append(el("li", "", patch, band ? name : `Mean response ${name}`));
  });
  document.getElementById("notices").append(el("li", "", layer.route_note));

  page.addSchoolLines((k, s) => {
    const response = layer.options[k].responses[s];
    return response ? [`Mean response ${response.mean}`, `90th percentile ${response.p90}`] : [];
  });
  page.onShow((k) => {
    routes(k);
    page.schoolNodes.forEach((node, s) => {
      const response = layer.options[k].responses[s];
      if (response) node.dataset.band = response.band;
      else delete node.dataset.band;
    });
    slowest(k);
    notices(k);
  });

  function routes(k) {
    if (routeLayers[shown]) map.removeLayer(routeLayers[shown]);
    shown = k;
    if (!routeLayers[k]) {
      const group = L.layerGroup();
      for (const route of layer.options[k].routes) {
        const lines = route.paths.map((path) => points(layer.paths[path]));
        const drawn = { pane: "routes", renderer, interactive: false };
        group.addLayer(L.polyline(lines, { ...drawn, color: "#ffffff", weight: 4.5, opacity: 0.7 }));
        group.addLayer(L.polyline(lines, { ...drawn, color: "#5b1a7a", weight: 2, opacity: 0.9 }));
      }
      routeLayers[k] = group;
    }
    if (box.checked) map.addLayer(routeLayers[k]);
  }

  function slowest(k) {
    const heads = ["School", "Mean response", "90th percentile"].map((name) => {
      const cell = el("th", "", name);
      cell.scope = "col";
      return cell;
    });
    const rows = layer.options[k].slowest.map((s) => {
      const response = layer.options[k].responses[s];
      const head = el("th", "", schools[s].name);
      head.scope = "row";
      return el("tr", "", head, el("td", "", response.mean), el("td", "", response.p90));
    });
    if (!rows.length) {
      const cell = el("td", "", "No per-school response for this option.");
      cell.colSpan = heads.length;
      rows.push(el("tr", "", cell));
    }
    fill("slowest", el("thead", "", el("tr", "", ...heads)), el("tbody", "", ...rows));
  }

  function notices(k) {
    document.querySelectorAll("#notices .of-option").forEach((node) => node.remove());
    for (const text of layer.options[k].notices) {
      document.getElementById("notices").append(el("li", "of-option", text));
    }
  }
}
