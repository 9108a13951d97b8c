"use strict";
/* The workbench: one plan on a map, its figures beside it, and everything that may be done to it.
   The desk below is what map, gestures and panel share; it holds no plan of its own. */

const MINUS = "−";
/* Work that nobody waits for begins when nothing more has happened for so long. */
const WORK_AFTER_MS = 250;

/** A difference with its sign: `+0.12 min`; `same` where nothing of it would be shown. */
function signed(change, text, same = "no change") {
  const shown = text(Math.abs(change));
  if (shown === text(0)) return same;
  return `${change < 0 ? MINUS : "+"}${shown}`;
}

/** Building-seconds as the library writes them. */
function buildingMinutes(seconds) {
  return `${(Math.abs(seconds) / 60).toFixed(2)} building-minutes`;
}

function costText(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "cost not computed";
  if (!Number.isFinite(seconds)) return "breaks strict alignment";
  if (buildingMinutes(seconds) === buildingMinutes(0)) return "costs nothing";
  return `${seconds < 0 ? "saves" : "costs"} ${buildingMinutes(seconds)}`;
}

function joinNames(names, most = 3) {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names;
  return shown.length > 1 ? `${shown.slice(0, -1).join(", ")} and ${shown[shown.length - 1]}` : shown[0] || "";
}

/** A fault as it is shown: the zone that has it, and how. */
function faultText({ zone_id, reason }) {
  return zone_id === null ? reason : `${zone_id}: ${reason}`;
}

/** Faults of one plan that another does not have. */
function newFaults(before, after) {
  const was = new Set(before.broken.map(faultText));
  return after.broken.filter((fault) => !was.has(faultText(fault)));
}

/**
 * Do a generator's work in slices that leave the page free to answer; `done(value)` gets what it
 * returns. Returns a function that gives it up.
 */
function workInSlices(work, done, slice_ms = 6) {
  let timer = setTimeout(go, WORK_AFTER_MS);
  function go() {
    const until = performance.now() + slice_ms;
    for (;;) {
      const step = work.next();
      if (step.done) return done(step.value);
      if (performance.now() > until) break;
    }
    timer = setTimeout(go, 0);
    return undefined;
  }
  return () => clearTimeout(timer);
}

/** What map, gestures and panel share. */
function benchDesk(page, sheet, problem, state) {
  const count = sheet.cells.length;
  const names = page.schools.map((school) => school.name);
  const moved = { plan: null, start: null, set: new Set() };
  const homes = { plan: null, zones: [] };
  const desk = {
    page, sheet, problem, state, names,
    zone: null, // id of the zone that is looked at
    bench: null,
    panel: null,

    isMovable: (b) => b < count,
    whyFixed: (b) => `${names[b]} has an officer of its own and is in no patrol zone: it cannot be moved.`,
    schoolCount: (number) => plural(number, "school", "schools"),
    zoneOf(b) {
      if (homes.plan !== state.plan) {
        Object.assign(homes, { plan: state.plan, zones: [] });
        for (const zone of state.plan.zones) for (const member of zone.members) homes.zones[member] = zone;
      }
      return homes.zones[b];
    },
    zoneNumber: (id) => state.plan.zones.findIndex((zone) => zone.id === id),
    /** The zones that may take schools. */
    patrolZones: () => state.plan.zones.filter((zone) => zone.members.some((b) => b < count)),
    brokenZones: () => new Set(state.figures.broken.map((fault) => fault.zone_id).filter((id) => id !== null)),
    tell: (text) => fill("live", text),
    /** What the map shows: from where, and how far from there. */
    caption() {
      const edits = state.log.length;
      return `${state.origin}${edits ? `, after ${plural(edits, "edit", "edits")}` : ""}`;
    },

    /** Schools that are with other schools than at the start, whatever zones are called. */
    movedSchools() {
      if (moved.plan !== state.plan || moved.start !== state.startPlan) {
        Object.assign(moved, { plan: state.plan, start: state.startPlan, set: new Set(movedSchools(state.startPlan, state.plan).map(({ b }) => b)) });
      }
      return moved.set;
    },

    schoolFacts(b) {
      const zone = desk.zoneOf(b);
      return [
        ...(zone && b < count ? [`In ${zone.id}`] : ["Has an officer of its own"]),
        ...(desk.movedSchools().has(b) ? ["Moved since the start"] : []),
        ...(state.locked.schools.has(b) ? ["Locked"] : []),
      ];
    },

    zoneFacts(id) {
      const k = desk.zoneNumber(id);
      if (k < 0) return [];
      const figures = state.figures.zones[k];
      const school = desk.schoolOf(state.plan.zones[k]);
      return [
        desk.schoolCount(figures.size),
        ...(school ? [`${sheet.feeders_given ? "Aligned with" : "Named after"} ${school}`] : []),
        `Worst drive ${minutesText(figures.longest_drive_s)}`,
        ...(state.locked.zones.has(id) ? ["Locked"] : []),
        ...figures.broken.map((fault) => `Breaks a rule: ${fault.reason}`),
      ];
    },

    schoolOf(zone) {
      const school = sheet.high_schools.find((one) => one.id === zone.school);
      return school ? school.name : "";
    },

    /** Why schools cannot be moved to a zone; '' if they can. */
    whyNot(numbers, to) {
      const { zones, schools } = state.locked;
      const locked = numbers.filter((b) => schools.has(b)).map((b) => names[b]);
      if (locked.length) return `${joinNames(locked)} ${locked.length > 1 ? "are" : "is"} locked.`;
      const ids = [...new Set(numbers.map((b) => desk.zoneOf(b).id)), ...(to === null ? [] : [to])];
      const held = ids.find((id) => zones.has(id));
      return held === undefined ? "" : `${held} is locked.`;
    },

    /** What moving schools to a zone would do; null if they are all there. */
    effect(numbers, to) {
      const moving = desk.leaving(numbers, to);
      if (!moving.length) return null;
      const before = state.figures;
      const { plan } = moveBuildings(problem, state.plan, moving, to);
      const after = scorePlan(problem, plan);
      return { moving, after, cost_s: costBetween(before, after), faults: newFaults(before, after) };
    },

    leaving: (numbers, to) => numbers.filter((b) => b < count && desk.zoneOf(b).id !== to),

    /** What a drag says while it hangs over a zone. */
    dropText(numbers, to, refused) {
      const named = numbers.length === 1 ? names[numbers[0]] : desk.schoolCount(numbers.length);
      if (refused) return [el("strong", "", refused)];
      if (to === null) return [el("strong", "", named), el("span", "", "No zone here: dropping changes nothing.")];
      const why = desk.whyNot(desk.leaving(numbers, to), to);
      const effect = why ? null : desk.effect(numbers, to);
      if (why) return [el("strong", "", `${named} to ${to}`), el("span", "", `Not possible: ${why}`)];
      if (!effect) return [el("strong", "", named), el("span", "", `In ${to} already.`)];
      const text = costText(effect.cost_s);
      return [
        el("strong", "", `${named} to ${to}`),
        el("span", "", `${text.charAt(0).toUpperCase()}${text.slice(1)}.`),
        ...effect.faults.slice(0, 2).map((fault) => el("span", "bad", `✗ ${faultText(fault)}`)),
        ...(effect.faults.length > 2 ? [el("span", "bad", `✗ and ${effect.faults.length - 2} more`)] : []),
      ];
    },

    /** Make an edit of the plan; false if it was refused, and the reader was told why. */
    commit(text, make) {
      let made;
      try {
        made = make();
      } catch (error) {
        if (!error.refused) throw error;
        made = { refused: error.refused };
      }
      const answer = made.refused ? made : state.edit({ text, plan: made.plan, notes: made.notes });
      if (answer && answer.refused) desk.tell(answer.refused);
      return !(answer && answer.refused);
    },

    move(numbers, to) {
      const moving = desk.leaving(numbers, to);
      const who = joinNames((moving.length ? moving : numbers).map((b) => names[b]));
      if (!moving.length) {
        desk.tell(`${who} ${numbers.length === 1 ? "is" : "are"} in ${to} already.`);
        return false;
      }
      const from = [...new Set(moving.map((b) => desk.zoneOf(b).id))];
      return desk.commit(`Moved ${who} from ${joinNames(from)} to ${to}`, () => moveBuildings(problem, state.plan, moving, to));
    },

    swap(a, b) {
      const text = `Swapped ${names[a]} (${desk.zoneOf(a).id}) and ${names[b]} (${desk.zoneOf(b).id})`;
      return desk.commit(text, () => swapBuildings(problem, state.plan, a, b));
    },

    makeZone(numbers) {
      const movable = numbers.filter(desk.isMovable);
      if (!movable.length) return desk.tell("Select schools first.");
      const made = makeZone(problem, state.plan, movable);
      const done = desk.commit(`Made ${made.zone_id} of ${joinNames(movable.map((b) => names[b]))}`, () => made);
      if (done) desk.chooseZone(made.zone_id, { open: false });
      return done;
    },

    dissolve: (id) => desk.commit(`Dissolved ${id}`, () => dissolveZone(problem, state.plan, id, state.locked)),

    rename(id, given) {
      const name = given.trim();
      if (name === id) return true;
      const looked = desk.zone === id;
      if (looked) desk.zone = name; // so that the new name is looked at when the plan changes
      const done = desk.commit(`Renamed ${id} to ${name}`, () => renameZone(problem, state.plan, id, name));
      if (!done && looked) desk.zone = id;
      return done;
    },

    selectSchool(b, adds) {
      if (!desk.isMovable(b)) return desk.tell(desk.whyFixed(b));
      const chosen = new Set(adds ? state.selected : []);
      if (adds && chosen.has(b)) chosen.delete(b);
      else chosen.add(b);
      state.select([...chosen]);
      desk.panel.open("move-part");
      const zone = desk.zoneOf(b);
      return desk.tell(`${chosen.size === 1 && chosen.has(b) ? names[b] : desk.schoolCount(chosen.size)} selected${chosen.size === 1 && chosen.has(b) ? `, in ${zone.id}` : ""}.`);
    },

    /** Look at a zone: its border on the map, its card, its workload beside the others'. */
    chooseZone(id, { open = true } = {}) {
      desk.zone = id;
      desk.bench.mark();
      desk.panel.zoneChosen();
      if (open) desk.panel.open("zones-part");
    },
  };
  return desk;
}

/** Change of the objective from one plan to another; null where it is not computed. */
function costBetween(before, after) {
  if (before.objective_s === null || after.objective_s === null) return null;
  if (before.without_strict_s !== undefined && before.without_strict_s !== null) return after.without_strict_s - before.without_strict_s;
  return after.objective_s - before.objective_s;
}

const KEYS = [
  ["Move a school", "Drag it to a zone. Or choose it, then the zone in the list beside the map."],
  ["By finger", "Hold a school until it lifts, then drag. A finger that moves at once pans the map."],
  ["Choose several", "Ctrl or Shift and click, on the map or in the list. Shift and drag a box. Or the button Select several. Or all schools of a zone, under Zones."],
  ["Look at a zone", "Click its ground, or its name under Zones."],
  ["Ctrl + Z", "Undo"],
  ["Ctrl + Shift + Z, Ctrl + Y", "Redo"],
  ["Esc", "Give up a drag, close a window, then clear the selection"],
  ["Tab, Shift + Tab", "To the next or the one before: buttons, lists, tabs"],
  ["Arrow keys", "In lists and tabs to the next one; on the map, pan. + and − zoom"],
  ["Type in “Find a school”, then Enter", "Choose the first school found"],
  ["Ctrl + Space in the list", "Add a school to those chosen, or take it out; Ctrl and arrow keys move without choosing"],
];

/** Put the page together. Ends when it can be used. */
async function workbenchPage(data) {
  const { page, sheet } = data;
  fill("mark", sheet.mark);
  drawHead(page);
  nameProblem();
  const problem = await readProblem(sheet);
  const state = workbenchState(problem, sheet);
  const desk = benchDesk(page, sheet, problem, state);
  desk.bench = benchMap(document.getElementById("map"), desk);
  desk.panel = benchPanel(desk);
  benchGestures(document.getElementById("map"), desk.bench, desk);
  plansPart(document.getElementById("plans-part"), state, problem, sheet);
  if (sheet.channel) reportPlans(state, sheet);
  drawKeys();
  connectButtons();
  state.onChange(changed);
  return desk;

  /** What the page was made of, so that a plan of it is not taken for one of other figures. */
  function nameProblem() {
    const parts = sheet.fingerprint.match(/.{1,4}/g) || [];
    const made = sheet.study ? `, made with “zoning workbench ${sheet.study}”` : "";
    document.getElementById("notices").append(el("li", "", `Problem ${parts.join("-")}${made}.`));
  }

  function changed(what, said) {
    if (what === "plan") {
      if (desk.zone !== null && desk.zoneNumber(desk.zone) < 0) desk.zone = null;
      const before = desk.panel.shownFigures();
      desk.bench.update();
      desk.panel.update();
      desk.tell([said, ...whatChanged(before, state.figures)].map((text) => text.replace(/\.?$/, ".")).join(" "));
    } else {
      if (what === "selected" || what === "locked") desk.bench.mark();
      desk.panel.marked(what);
      if (said) desk.tell(said);
    }
    buttons();
  }

  /** The change of a plan in sentences, for those who do not see the figures. */
  function whatChanged(before, after) {
    const cost = costBetween(before, after);
    const [worse, mended] = [newFaults(before, after), newFaults(after, before)];
    const few = (faults) => joinNames(faults.map(faultText), 3);
    return [
      ...(cost === null ? [] : [`This ${costText(cost)}`]),
      ...(worse.length ? [`Broken now: ${few(worse)}`] : []),
      ...(mended.length ? [`Kept again: ${few(mended)}`] : []),
    ];
  }

  function drawKeys() {
    fill("keys-table", ...tableParts(["To", "Do this"], KEYS, ""));
  }

  function connectButtons() {
    const dialogs = { restart: "starts", help: "keys" };
    for (const [button, dialog] of Object.entries(dialogs)) {
      document.getElementById(button).addEventListener("click", () => {
        if (dialog === "starts") desk.panel.drawStarts();
        document.getElementById(dialog).showModal();
      });
    }
    const step = { undo: () => state.undo(), redo: () => state.redo() };
    for (const [id, go] of Object.entries(step)) {
      document.getElementById(id).addEventListener("click", go);
    }
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) {
        if (state.selected.size) {
          state.select([]);
          desk.tell("No school is selected.");
        }
        return;
      }
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const inText = event.target.closest("input:not([type=checkbox]), textarea");
      if (inText && inText.value !== inText.defaultValue) return; // the text's own undo
      const key = event.key.toLowerCase();
      const go = key === "z" ? (event.shiftKey ? step.redo : step.undo) : key === "y" ? step.redo : null;
      if (!go || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      if (!go()) desk.tell(go === step.undo ? "There is nothing to undo." : "There is nothing to do again.");
    });
    window.addEventListener("beforeprint", () => {
      desk.panel.drawPaper();
    });
    window.addEventListener("beforeunload", (event) => {
      if (state.unkept) event.preventDefault();
    });
    buttons();
  }

  /** Buttons that have nothing to do keep the focus, and say so. */
  function buttons() {
    for (const [id, what] of [["undo", state.undoes], ["redo", state.redoes]]) {
      const button = document.getElementById(id);
      button.setAttribute("aria-disabled", String(what === null));
      button.title = what === null ? "" : what;
    }
  }
}
