"use strict";
/* Which labels there is room for. All sizes are measured in one go and all places
   computed: nothing is laid out while labels are being chosen. */

const CELL = 64;

/** Boxes on the screen, in a grid: whether a new one would lie over one of them. */
function takenBoxes() {
  const cells = new Map();
  const around = (box) => {
    const keys = [];
    for (let x = Math.floor(box.left / CELL); x <= Math.floor(box.right / CELL); x++) {
      for (let y = Math.floor(box.top / CELL); y <= Math.floor(box.bottom / CELL); y++) keys.push(`${x} ${y}`);
    }
    return keys;
  };
  const apart = (a, b) => a.right < b.left || a.left > b.right || a.bottom < b.top || a.top > b.bottom;
  return {
    take(box) {
      for (const key of around(box)) {
        if (!cells.has(key)) cells.set(key, []);
        cells.get(key).push(box);
      }
    },
    isFree: (box) => around(box).every((key) => (cells.get(key) || []).every((other) => apart(box, other))),
  };
}

function boxOf(at, [width, height], side, gap) {
  const left = side === "right" ? at.x + gap : side === "left" ? at.x - gap - width : at.x - width / 2;
  const top = side === "under" ? at.y + gap : at.y - height / 2;
  return { left, top, right: left + width, bottom: top + height };
}

/**
 * Show the labels there is room for, in their order.
 *
 * A label: {node, at, sides, gap, always}; `sides` in the order they are tried
 * (`middle` is on the place itself), `always` is shown whatever lies there.
 * `marks` are boxes to keep clear of. Labels outside the map or cut by its left
 * or right edge are hidden.
 */
function placeLabels(map, labels, marks) {
  const { x: width, y: height } = map.getSize();
  const taken = takenBoxes();
  const sizes = labels.map(({ node }) => [node.offsetWidth, node.offsetHeight]);
  const choose = (label, size) => {
    const at = map.latLngToContainerPoint(label.at);
    if (at.x < -size[0] || at.y < -size[1] || at.x > width + size[0] || at.y > height + size[1]) return null;
    for (const side of label.sides) {
      const box = boxOf(at, size, side, label.gap);
      const inside = box.left >= 0 && box.right <= width && box.bottom > 0 && box.top < height;
      if (label.always || (inside && taken.isFree(box))) {
        taken.take(box);
        return side;
      }
    }
    return null;
  };
  const sideOf = new Map();
  const decide = (chosen) => labels.forEach((label, k) => {
    if (label.always === chosen) sideOf.set(label, choose(label, sizes[k]));
  });
  decide(true);
  marks.forEach((box) => taken.take(box));
  decide(false);
  for (const label of labels) {
    const side = sideOf.get(label);
    label.node.classList.toggle("hidden", side === null);
    if (side !== null && side !== "middle") label.node.dataset.side = side;
  }
}
