"use strict";
/* What the workbench holds: the plan and how it came about, locks and selection. It draws nothing.
   A snapshot is never changed, so undo goes back to exactly what was there, locks and log included. */

/** Order of texts by code points, as Python sorts them. */
function byCodePoint(a, b) {
  const [one, other] = [Array.from(a), Array.from(b)];
  for (let k = 0; k < Math.min(one.length, other.length); k++) {
    if (one[k] !== other[k]) return one[k].codePointAt(0) - other[k].codePointAt(0);
  }
  return one.length - other.length;
}

/** The zone id of each building number. */
function zoneIds(plan) {
  const ids = new Map();
  plan.zones.forEach((zone) => zone.members.forEach((b) => ids.set(b, zone.id)));
  return ids;
}

/** New id by old id of the zones that have the same buildings under another name. */
function renamedZones(before, after) {
  const key = (zone) => zone.members.join(",");
  const there = new Set(after.zones.map((zone) => zone.id));
  const old = new Map(before.zones.filter((zone) => !there.has(zone.id)).map((zone) => [key(zone), zone.id]));
  const was = new Set(before.zones.map((zone) => zone.id));
  return new Map(after.zones
    .filter((zone) => !was.has(zone.id) && old.has(key(zone)))
    .map((zone) => [old.get(key(zone)), zone.id]));
}

/**
 * What is open in the workbench, and what may be done with it.
 *
 * Changes return `{refused: text}` if locks forbid them; otherwise they have happened, listeners
 * were called, and undo takes them back.
 */
function workbenchState(problem, sheet, storage = pageStorage()) {
  const starts = sheet.starts.map((_, k) => startPlan(problem, k));
  const names = sheet.names;
  const reasons = new Map();
  const figures = new WeakMap();
  const listeners = [];
  const shelf = keptPlans(sheet, storage, (said) => tell("kept", said));
  let steps = 0;
  let history = [];
  let at = -1;
  let selected = new Set();
  let safe = null; // the snapshot that was last kept or opened
  let touched = false; // whether a reason was changed since

  push({
    plan: starts[0], start: 0, origin: sheet.starts[0].name, zones: new Set(), schools: new Set(), log: [], done: "",
  });
  safe = history[0];

  function tell(what, said = "") {
    listeners.forEach((listener) => listener(what, said));
  }

  function push(snapshot) {
    history = [...history.slice(0, at + 1), Object.freeze(snapshot)];
    at = history.length - 1;
  }

  function scored(plan) {
    if (!figures.has(plan)) figures.set(plan, scorePlan(problem, plan));
    return figures.get(plan);
  }

  function now() {
    return history[at];
  }

  /** The reason why a change of plan is not allowed; null if no lock forbids it. */
  function refusal(before, after, renamed) {
    const { zones, schools } = now();
    const becomes = zoneIds(after);
    for (const [b, from] of zoneIds(before)) {
      const to = becomes.get(b);
      if (to === from || (renamed.has(from) && renamed.get(from) === to)) continue;
      if (schools.has(b)) return `${names[b]} is locked. Unlock it to move it.`;
      const held = [from, to].find((id) => zones.has(id));
      if (held !== undefined) return `${held} is locked. Unlock it to change its schools.`;
    }
    return null;
  }

  function edit({ text, plan, notes = [], reason = "" }) {
    const after = planOf(plan.zones);
    const before = now();
    const renamed = renamedZones(before.plan, after);
    const refused = refusal(before.plan, after, renamed);
    if (refused !== null) return { refused };
    const step = ++steps;
    const change_s = costBetween(scored(before.plan), scored(after));
    const entry = Object.freeze({ step, text: [text, ...notes].join(". "), change_s });
    if (reason.trim()) reasons.set(step, reason.trim());
    const there = new Set(after.zones.map((zone) => zone.id));
    push({
      ...before,
      plan: after,
      zones: new Set([...before.zones].map((id) => renamed.get(id) ?? id).filter((id) => there.has(id))),
      log: [...before.log, entry],
      done: text,
    });
    tell("plan", [text, ...notes].join(". "));
    return { step, notes };
  }

  /** Lock or unlock: one step that undo takes back, but no edit of the plan. */
  function lock(field, keys, on, nameOf) {
    const locked = new Set(now()[field]);
    const changed = keys.filter((key) => locked.has(key) !== on);
    if (!changed.length) return {};
    changed.forEach((key) => (on ? locked.add(key) : locked.delete(key)));
    const done = `${on ? "Locked" : "Unlocked"} ${changed.length > 1 ? countedText(changed.length, "school") : nameOf(changed[0])}`;
    push({ ...now(), [field]: locked, done });
    tell("locked", done);
    return {};
  }

  /** Go on with another plan, whatever is locked; undo comes back to what was there. */
  function replaceBy(plan, { start = now().start, origin, zones = [], schools = [], log = [], done }) {
    const entries = log.map(({ text, reason, change_s }) => {
      const step = ++steps;
      if (reason) reasons.set(step, reason);
      return Object.freeze({ step, text, change_s });
    });
    push({ plan, start, origin, zones: new Set(zones), schools: new Set(schools), log: entries, done });
    selected = new Set();
    safe = now();
    touched = false;
    tell("plan", done);
  }

  function log() {
    return now().log.map((entry) => ({ ...entry, reason: reasons.get(entry.step) || "" }));
  }

  const state = {
    get plan() { return now().plan; },
    get figures() { return scored(now().plan); },
    get start() { return now().start; },
    /** What the log begins with: the name of a plan or of a file. */
    get origin() { return now().origin; },
    /** The plan that was started from, with which the figures are compared. */
    get startPlan() { return starts[now().start]; },
    get startFigures() { return scored(starts[now().start]); },
    get locked() { return { zones: new Set(now().zones), schools: new Set(now().schools) }; },
    get selected() { return new Set(selected); },
    get log() { return log(); },
    /** What undo and redo would take back or do again; null if there is nothing. */
    get undoes() { return at > 0 ? now().done : null; },
    get redoes() { return at < history.length - 1 ? history[at + 1].done : null; },
    /** Whether there is work that no kept plan holds. */
    get unkept() { return (now() !== safe && now().plan !== starts[now().start]) || touched; },
    get kept() { return shelf.list(); },
    /** Where plans are kept, in a sentence. */
    get place() { return shelf.place(); },
    get lasts() { return shelf.lasts(); },
    figuresOf: scored,
    starts,
    edit,
    undo() {
      if (at === 0) return null;
      const { done } = now();
      at -= 1;
      tell("plan", `Undone: ${done}`);
      return done;
    },
    redo() {
      if (at === history.length - 1) return null;
      at += 1;
      tell("plan", `Done again: ${now().done}`);
      return now().done;
    },
    restart(k = now().start) {
      replaceBy(starts[k], { start: k, origin: sheet.starts[k].name, done: `Started again from ${sheet.starts[k].name}` });
    },
    /** Select schools; those that cannot be moved are left out. */
    select(numbers) {
      selected = new Set(numbers.filter((b) => b < sheet.divided));
      tell("selected");
    },
    lockZone(id, on) {
      if (!now().plan.zones.some((zone) => zone.id === id)) return { refused: `There is no zone ${id}.` };
      return lock("zones", [id], on, () => id);
    },
    lockSchools: (numbers, on) => lock("schools", numbers, on, (b) => names[b]),
    setReason(step, text) {
      const reason = text.trim().slice(0, LONGEST_REASON);
      if (reason === (reasons.get(step) || "")) return;
      reasons.set(step, reason);
      touched = true;
      tell("log");
    },
    /** What is open now, as it is kept and carried to other computers. */
    record: (name) => planRecord(sheet, name, { ...now(), log: log() }),
    keep(name) {
      const kept = shelf.add(state.record(name));
      if (!kept.refused) {
        safe = now();
        touched = false;
      }
      tell("kept", kept.refused || kept.said);
      return kept;
    },
    /** Plans are told apart by their keys: another tab may change the list at any time. */
    open(key) {
      const one = shelf.list().find((kept) => kept.key === key);
      if (!one || one.refused) return one || GONE;
      replaceBy(one.plan, { ...one, origin: one.name, done: `Opened “${one.name}”` });
      return {};
    },
    /** Go on with a plan from a file: {plan, origin, done}, perhaps with its locks and log. */
    load(loaded) {
      replaceBy(loaded.plan, loaded);
      return {};
    },
    /** Keep plans that a file brought, but not those that are here already; how many were new. */
    addRecords(records) {
      const added = records.map((record) => shelf.add(record, { once: true })).filter(({ twin, refused }) => !twin && !refused);
      tell("kept");
      return added.length;
    },
    rename(key, name) {
      const done = shelf.rename(key, name);
      tell("kept", done.refused || done.said);
      return done;
    },
    drop(key) {
      const done = shelf.drop(key);
      tell("kept", done.refused || done.said);
      return done;
    },
    /** The name of the plan that was deleted last, and can be put back; null if there is none. */
    get dropped() { return shelf.dropped(); },
    putBack() {
      const done = shelf.putBack();
      tell("kept", done.said);
      return done;
    },
    forgetAll() {
      const done = shelf.forgetAll();
      tell("kept", done.said);
      return done;
    },
    onChange(listener) {
      listeners.push(listener);
    },
    /** Say something of a part of the page to whoever listens. */
    say: (text) => tell("said", text),
  };
  return state;
}
