"use strict";
/* The frontier page: a chart of all options, and the map of the one chosen. */

function frontierPage({ page, frontier }) {
  drawHead(page);
  const beaten = page.unbeaten !== "";
  if (beaten) fill("unbeaten", `Not beaten outright: ${page.unbeaten}`);
  else document.querySelectorAll(".of-beaten").forEach((key) => key.remove());
  const drawn = districtMap(document.getElementById("map"), page, {
    about: "Map of the zones and schools of the option chosen in the chart.",
  });
  const mark = frontierChart(document.getElementById("chart"), frontier, page.options, show);
  if (frontier.missing.length) {
    const names = frontier.missing.map((k, i) => `${page.options[k].label} (${frontier.reasons[i]})`);
    fill("missing", `Not on the chart: ${names.join(", ")}.`);
  }
  drawPoints();
  show(frontier.points.length ? frontier.points[0].option : page.shown);
  drawn.map.invalidateSize({ animate: false, pan: false });
  drawn.fit();

  function drawPoints() {
    const columns = page.headlines;
    const order = [...frontier.points.map((p) => p.option), ...frontier.missing];
    const rows = order.map((k) => {
      const option = page.options[k];
      const figures = columns.map((f) => `${option.figures[f].value} ${option.figures[f].spread}`.trim());
      return [option.label, ...figures, ...(beaten ? [option.not_dominated ? "yes" : "no"] : [])];
    });
    const names = ["Option", ...columns.map((f) => page.rows[f].label), ...(beaten ? ["Not beaten outright"] : [])];
    fill("points", ...tableParts(names, rows, "No option was compared."));
  }

  function show(k) {
    const option = page.options[k];
    mark(k);
    drawn.show(k);
    drawZoneTable("zone-table", page, k);
    const told = page.headlines.map((f) => `${page.rows[f].label}: ${option.figures[f].value}`);
    fill("facts", el("strong", "", told.join(" · ")), ` ${option.description} ${option.proof}`);
    fill("live", `Showing ${option.label}. ${told.join(", ")}.`);
  }

  return drawn;
}
