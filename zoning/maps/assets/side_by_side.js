"use strict";
/* Two options side by side: what moves one map moves the other. */

/** Draw into the element `id`. Returns {show, pair, maps}: `pair()` are the options shown. */
function sideBySide(id, page, chosen, { dress, tell, story }) {
  const halves = ["Left", "Right"].map((side, h) => {
    const choice = chooser(`${side} map`, page.options.map((option) => option.label), chosen[h], (k) => show(h, k));
    const holder = el("div", "map-holder");
    const facts = el("dl", "facts");
    document.getElementById(id).append(el("section", "half", choice.label, facts, holder));
    const drawn = districtMap(holder, page, {
      about: `${side} of two maps side by side: zones and schools of the option chosen above it.`,
      mapOptions: { zoomAnimation: false },
      story,
    });
    dress(drawn);
    return { drawn, facts, list: choice.list };
  });
  link(halves[0].drawn, halves[1].drawn);
  link(halves[1].drawn, halves[0].drawn);
  halves.forEach((half, h) => put(half, chosen[h]));

  function link(one, other) {
    one.map.on("move", () => {
      const at = one.map.getCenter();
      const zoom = one.map.getZoom();
      const away = other.map.latLngToContainerPoint(at).distanceTo(other.map.getSize().divideBy(2));
      if (away >= 0.75 || other.map.getZoom() !== zoom) other.lookAt(at, zoom, one.isMoved());
    });
  }

  function put(half, k) {
    half.list.value = String(k);
    half.drawn.show(k);
    half.facts.replaceChildren(...page.headlines.map((f) => el("div", "",
      el("dt", "", page.rows[f].label), el("dd", "", page.options[k].figures[f].value))));
  }

  function pair() {
    return halves.map((half) => half.drawn.shown());
  }

  function show(h, k) {
    put(halves[h], k);
    const option = page.options[k];
    const said = page.headlines.map((f) => `${page.rows[f].label} ${option.figures[f].value}`);
    tell(`${h ? "Right" : "Left"} map: ${option.label}. ${said.join(", ")}.`);
  }

  return { show, pair, maps: halves.map((half) => half.drawn) };
}
