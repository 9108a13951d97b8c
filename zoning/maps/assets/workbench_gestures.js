"use strict";
/* Mouse and touch on the map of the workbench: click, drag and box. A finger pans the map, and
   drags a school after it has rested on it. */

const DRAG_FROM_PX = 5;
const FINGER_FROM_PX = 10;
const LONG_PRESS_MS = 400;
/* How near a click must be to a school. A finger is as wide as the target size of WCAG 2.2. */
const REACH_PX = { mouse: 11, pen: 11, touch: 24 };

/** Listen to mouse and fingers on a map of `benchMap`. */
function benchGestures(holder, bench, desk) {
  const { map, element } = bench;
  const { state } = desk;
  const ghost = el("div", "ghost");
  const frame = el("div", "box-frame");
  ghost.hidden = true;
  frame.hidden = true;
  document.body.append(ghost, frame);
  const several = severalButton();
  let press = null;
  let wasDrag = false;

  holder.addEventListener("pointerdown", down, true);
  holder.addEventListener("mousedown", hold, true);
  holder.addEventListener("touchstart", hold, { capture: true, passive: true });
  holder.addEventListener("click", click, true);
  holder.addEventListener("contextmenu", (event) => {
    if (press && press.touch) event.preventDefault();
  });
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", up);
  window.addEventListener("pointercancel", () => end());
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !press || !press.drags) return;
    event.stopPropagation();
    end();
    desk.tell("The drag was given up: nothing has changed.");
  }, true);

  /** The button under which clicks add to the selection and a drag draws a box. */
  function severalButton() {
    const button = el("button", "home several", "Select several");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.title = "Click schools one after the other, or draw a box around them";
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      element.classList.toggle("draws-boxes", on);
    });
    const control = L.control({ position: "topleft" });
    control.onAdd = () => {
      L.DomEvent.disableClickPropagation(button);
      return button;
    };
    control.addTo(map);
    return button;
  }

  function isOnMap(event) {
    return element.contains(event.target) && !event.target.closest(".leaflet-control");
  }

  function reachOf(event) {
    return REACH_PX[event.pointerType] || REACH_PX.mouse;
  }

  function takesSeveral() {
    return several.getAttribute("aria-pressed") === "true";
  }

  function down(event) {
    wasDrag = false;
    if (press && event.pointerId !== press.id) { // a second finger: the reader zooms
      if (!press.drags) end();
      return;
    }
    if (!isOnMap(event) || event.button !== 0) return;
    const touch = event.pointerType === "touch";
    const b = bench.schoolAt(event.clientX, event.clientY, reachOf(event));
    const boxes = event.shiftKey || takesSeveral();
    const kind = b >= 0 && !(touch && takesSeveral()) ? "school" : boxes ? "box" : "ground";
    press = { id: event.pointerId, x: event.clientX, y: event.clientY, b, kind, touch, drags: false, adds: event.shiftKey };
    // The map pans under a finger until it has rested on a school.
    press.taken = kind === "box" || (kind === "school" && !touch);
    if (kind === "school" && touch) press.timer = setTimeout(begin, LONG_PRESS_MS);
  }

  /** Keep Leaflet from panning with a pointer that is ours. */
  function hold(event) {
    if (!press || !press.taken) return;
    event.stopPropagation();
    if (event.type === "mousedown") {
      event.preventDefault(); // no text is selected
      element.focus({ preventScroll: true });
    }
  }

  function move(event) {
    if (!press || event.pointerId !== press.id) return;
    const away = Math.hypot(event.clientX - press.x, event.clientY - press.y);
    if (!press.drags) {
      if (press.touch && press.kind === "school") {
        if (away > FINGER_FROM_PX) end();
        return;
      }
      if (away <= DRAG_FROM_PX || press.kind === "ground") return;
      begin();
    }
    if (press.kind === "box") drawBox(event.clientX, event.clientY);
    else carry(event.clientX, event.clientY);
  }

  function begin() {
    press.drags = true;
    map.dragging.disable();
    element.classList.add("dragging");
    if (press.kind === "box") return;
    const isMovable = desk.isMovable(press.b);
    if (isMovable && !state.selected.has(press.b)) state.select([press.b]);
    press.numbers = isMovable ? [...state.selected] : [press.b];
    press.refused = isMovable ? "" : desk.whyFixed(press.b);
    ghost.hidden = false;
    carry(press.x, press.y);
  }

  /** Take the schools along, and say what dropping them here would do. */
  function carry(x, y) {
    const zone = bench.zoneAt(x, y);
    ghost.style.transform = `translate(${Math.min(x + 14, innerWidth - 300)}px, ${Math.min(y + 16, innerHeight - 110)}px)`;
    if (press.zone === zone && ghost.childNodes.length) return;
    press.zone = zone;
    bench.aim(zone);
    ghost.replaceChildren(...desk.dropText(press.numbers, zone === null ? null : zone.id, press.refused));
  }

  function drawBox(x, y) {
    press.box = [Math.min(x, press.x), Math.min(y, press.y), Math.max(x, press.x), Math.max(y, press.y)];
    const [left, top, right, bottom] = press.box;
    Object.assign(frame.style, {
      left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px`,
    });
    frame.hidden = false;
  }

  function up(event) {
    if (!press || event.pointerId !== press.id) return;
    const { kind, touch, drags, box, numbers, zone, refused, adds, x, y } = press;
    wasDrag = drags || Math.hypot(event.clientX - x, event.clientY - y) > (touch ? FINGER_FROM_PX : DRAG_FROM_PX);
    end();
    // A browser gives no click for a tap that follows a long press at once.
    if (touch && !wasDrag && isOnMap(event)) pick(event);
    if (!drags) return;
    if (kind === "box") {
      if (!box) return;
      const inside = bench.schoolsIn(...box).filter(desk.isMovable);
      state.select(adds ? [...new Set([...state.selected, ...inside])] : inside);
      desk.tell(`${desk.schoolCount(state.selected.size)} selected.`);
    } else if (refused) {
      desk.tell(refused);
    } else if (!zone) {
      desk.tell("Dropped outside the zones: nothing has changed.");
    } else {
      desk.move(numbers, zone.id);
    }
  }

  function end() {
    if (!press) return;
    clearTimeout(press.timer);
    if (press.drags) {
      map.dragging.enable();
      element.classList.remove("dragging");
      bench.aim(null);
      ghost.hidden = true;
      ghost.replaceChildren();
      frame.hidden = true;
    }
    press = null;
  }

  function click(event) {
    if (isOnMap(event) && !wasDrag && event.pointerType !== "touch") pick(event);
  }

  /** Choose the school or the zone at a place. */
  function pick(event) {
    const b = bench.schoolAt(event.clientX, event.clientY, reachOf(event));
    if (b >= 0) {
      const adds = event.shiftKey || event.ctrlKey || event.metaKey || takesSeveral();
      desk.selectSchool(b, adds);
    } else if (!takesSeveral()) {
      const zone = bench.zoneAt(event.clientX, event.clientY);
      if (zone) desk.chooseZone(zone.id);
    }
  }
}
