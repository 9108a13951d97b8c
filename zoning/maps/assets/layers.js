"use strict";
/* The control that shows and hides what is on a map, in groups, by mouse and keyboard. */

/**
 * Add the control to a map. Returns `add(group, name, on, change)`, which adds a box to a
 * group and returns it; groups stand in the order of their first box.
 */
function layerControl(map) {
  const groups = new Map();
  const body = el("div", "layer-groups");
  const holder = el("details", "layers", el("summary", "", "Layers"), body);
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    L.DomEvent.disableClickPropagation(holder);
    L.DomEvent.disableScrollPropagation(holder);
    return holder;
  };
  control.addTo(map);
  holder.addEventListener("keydown", (event) => {
    event.stopPropagation(); // arrow keys and + must not move the map from here
    if (event.key === "Escape" && holder.open) {
      holder.open = false;
      holder.firstChild.focus();
    }
  });
  return (group, name, on, change) => {
    if (!groups.has(group)) {
      const set = el("fieldset", "", el("legend", "", group));
      groups.set(group, set);
      body.append(set);
    }
    const label = tickBox(name, on, change);
    groups.get(group).append(label);
    return label.firstChild;
  };
}
