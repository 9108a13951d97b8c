"use strict";
/* What lies under the zones and schools: streets, the outline of the district and, only
   where the page was made with them, tiles from the network. */

const GROUND = "#fbfbf9";

/** Draw it into the panes that `inPane(name)` gives options for; returns the streets. */
function drawBackground(map, page, inPane) {
  const streets = L.layerGroup().addTo(map);
  const weights = [
    [page.streets.others, "#8a8f94", 0.6, 0.55],
    [page.streets.arterials, "#7b8187", 1.1, 0.6],
    [page.streets.freeways, "#6a7076", 2.6, 0.75],
  ];
  for (const [lines, color, weight, opacity] of weights) {
    const look = { ...inPane("streets"), smoothFactor: 1.2, color, weight, opacity };
    streets.addLayer(L.polyline(lines.map(points), look));
  }
  const rings = page.outline.map(points);
  L.polyline(rings, { ...inPane("borders"), color: "#20262c", weight: 2.4 }).addTo(map);
  if (rings.length) veilOutside(rings).addTo(map);
  return streets;

  /** Fades the streets outside the district. */
  function veilOutside(inside) {
    const world = [[85, -180], [85, 180], [-85, 180], [-85, -180]];
    return L.polygon([world, ...inside], {
      ...inPane("veil"), stroke: false, fillColor: GROUND, fillOpacity: 0.6, fillRule: "evenodd",
    });
  }
}

/**
 * The tiles the page was made with, with a box to switch them off. The page's own streets
 * are hidden while there are tiles, and come back when the network does not answer.
 */
function drawTiles(map, tiles, addLayer, streetsBox) {
  const layer = L.tileLayer(tiles.url, {
    maxNativeZoom: tiles.most_zoom, maxZoom: 18, referrerPolicy: "strict-origin-when-cross-origin",
  });
  const streets = (on) => {
    if (!streetsBox || streetsBox.checked === on) return;
    streetsBox.checked = on;
    streetsBox.dispatchEvent(new Event("change"));
  };
  addLayer("On the map", "Background from the network", true, (on) => {
    if (on) layer.addTo(map);
    else layer.remove();
    streets(!on);
  });
  layer.once("tileerror", () => streets(true));
  layer.addTo(map);
  streets(false);
}
