"use strict";
/* Plans that are kept in the browser, and read again by this page or by one of another version of
   the study. What is read is checked: the storage can hold anything. */

/** Begins the keys of this page's entries in the browser's storage. */
const KEPT_PREFIX = "zoning-workbench:";
const PLAN_FORMAT = "zoning workbench plan";
/** A reason is a sentence or two; longer text is cut when a file or the storage holds it. */
const LONGEST_REASON = 1000;
const GONE = Object.freeze({ refused: "That plan is no longer kept: another tab deleted it." });

/** The browser's storage; null in a private window or a sandboxed frame, which have none. */
function pageStorage() {
  try {
    const storage = window.localStorage;
    if (storage.length) return storage; // it may be full, and hold plans
    const probe = `${KEPT_PREFIX}probe`;
    storage.setItem(probe, "1");
    storage.removeItem(probe);
    return storage;
  } catch (error) {
    return null;
  }
}

/** A plan by the ids of its buildings, so that another version of the study can read it. */
function planRecord(sheet, name, { plan, zones, schools, start, log }) {
  return {
    format: PLAN_FORMAT,
    version: 1,
    fingerprint: sheet.fingerprint,
    study: sheet.study || "",
    name: name.trim(),
    at: new Date().toISOString(),
    start: sheet.starts[start].name,
    zones: plan.zones.map((zone) => ({
      id: zone.id,
      high_school: zone.school,
      kind: zone.kind,
      officers: zone.officers,
      buildings: zone.members.map((b) => sheet.building_ids[b]),
    })),
    locked: { zones: [...zones], schools: [...schools].map((b) => sheet.building_ids[b]) },
    log: log.map(({ text, reason, change_s }) => ({ text, reason, change_s })),
  };
}

/** A kept plan read from text that anybody may have written; null if it is none. */
function readRecord(record) {
  const isText = (value) => typeof value === "string";
  const isTexts = (value) => Array.isArray(value) && value.every(isText);
  const isZone = (zone) => zone !== null && typeof zone === "object" && isText(zone.id)
    && (zone.high_school === null || isText(zone.high_school)) && ["patrol", "dedicated", "on call"].includes(zone.kind)
    && Number.isInteger(zone.officers) && zone.officers > 0 && zone.officers < 10000 && (zone.officers === 1 || zone.kind === "dedicated") && isTexts(zone.buildings);
  const isEntry = (entry) => entry !== null && typeof entry === "object" && isText(entry.text) && isText(entry.reason)
    && (entry.change_s === null || Number.isFinite(entry.change_s));
  const sound = record !== null && typeof record === "object" && record.format === PLAN_FORMAT && record.version === 1
    && [record.fingerprint, record.study, record.name, record.at, record.start].every(isText)
    && Array.isArray(record.zones) && record.zones.every(isZone)
    && record.locked && isTexts(record.locked.zones) && isTexts(record.locked.schools)
    && Array.isArray(record.log) && record.log.every(isEntry);
  return sound ? record : null;
}

/**
 * A kept plan in the numbers of this page: `{name, at, plan, zones, schools, log, start}`, or
 * `refused`, the reason why it cannot be opened here, in place of the plan.
 */
function openRecord(sheet, record) {
  const known = { name: record.name, at: record.at, study: record.study, other: record.fingerprint !== sheet.fingerprint };
  const refuse = (why) => ({ ...known, refused: `“${record.name}” cannot be opened here: ${why}.` });
  const number = new Map(sheet.building_ids.map((id, b) => [id, b]));
  const schools = new Set([...sheet.high_schools.map((school) => school.id),
    ...(sheet.schools || []).filter((school) => school.high).map((school) => school.id)]);
  const there = record.zones.flatMap((zone) => zone.buildings);
  const strange = there.filter((id) => !number.has(id));
  const held = new Set(there);
  const missing = sheet.building_ids.filter((id) => !held.has(id));
  const some = (ids) => (ids.length > 3 ? `${ids.slice(0, 3).join(", ")} and ${ids.length - 3} more` : ids.join(", "));
  if (strange.length && missing.length) {
    return refuse(`it is of other buildings. It has ${some(strange)}, which this study does not have, and lacks ${some(missing)}`);
  }
  if (strange.length) return refuse(`it has buildings that this study does not have: ${some(strange)}`);
  if (missing.length) return refuse(`it lacks buildings of this study: ${some(missing)}`);
  if (held.size < there.length) return refuse("a building is in two of its zones");
  const unknown = record.zones.filter((zone) => zone.high_school !== null && !schools.has(zone.high_school));
  if (unknown.length) return refuse(`it names a high school that this study does not have: ${unknown[0].high_school}`);
  if (record.zones.some((zone) => !zone.buildings.length)) return refuse("one of its zones has no building");
  if (new Set(record.zones.map((zone) => zone.id)).size < record.zones.length) return refuse("two of its zones have one name");
  const plan = planOf(record.zones.map((zone) => ({
    id: zone.id,
    school: zone.high_school,
    members: zone.buildings.map((id) => number.get(id)),
    kind: zone.kind,
    officers: zone.officers,
  })));
  const start = sheet.starts.findIndex(({ name }) => name === record.start);
  const ids = new Set(plan.zones.map((zone) => zone.id));
  return {
    ...known,
    plan,
    zones: record.locked.zones.filter((id) => ids.has(id)),
    schools: record.locked.schools.filter((id) => number.has(id)).map((id) => number.get(id)),
    log: record.log.map((entry) => ({ ...entry, reason: entry.reason.slice(0, LONGEST_REASON) })),
    start: Math.max(start, 0),
  };
}

/**
 * The plans that were kept, of this study first. Each has a key of its own in the browser's
 * storage, so two tabs that keep plans at the same time never overwrite one another. Without a
 * storage, or without room in it, a plan is kept while the page is open.
 */
function keptPlans(sheet, storage, tell) {
  const passing = new Map(); // records by key that are in no storage
  let seen = new Map(); // text by key, as last read
  const opened = new Map(); // kept plans in numbers by key, which stay the same objects
  let last = null; // the record that was deleted last

  watchStorage();
  seen = stored();

  function stored() {
    const found = new Map();
    try {
      for (let k = 0; storage && k < storage.length; k++) {
        const key = storage.key(k);
        if (key !== null && key.startsWith(KEPT_PREFIX)) found.set(key, storage.getItem(key));
      }
    } catch (error) {
      return found;
    }
    return found;
  }

  function parsed(text) {
    try {
      return readRecord(JSON.parse(text));
    } catch (error) {
      return null;
    }
  }

  /** `[key, record]` of what is kept, ours first, in order of keeping. */
  function records() {
    const kept = [...stored()].map(([key, text]) => [key, parsed(text)]).filter(([, record]) => record !== null);
    const order = ([key, { fingerprint, at }]) => [fingerprint === sheet.fingerprint ? "0" : "1", at, key].join("|");
    return [...new Map([...kept, ...passing])].sort((a, b) => byCodePoint(order(a), order(b)));
  }

  /** The records with names that differ: tabs may have used one at the same time. */
  function named() {
    const taken = new Set();
    return records().map(([key, record]) => {
      const name = freeName(record.name, taken);
      taken.add(name);
      return [key, { ...record, name }];
    });
  }

  function sentences(...parts) {
    return parts.filter((part) => part).join(" ");
  }

  function recordOf(key) {
    const found = named().find(([other]) => other === key);
    return found ? found[1] : null;
  }

  function freeName(name, taken) {
    let free = name;
    for (let k = 2; taken.has(free); k++) free = `${name} (${k})`;
    return free;
  }

  function nameFault(name) {
    if (!name) return "Give the plan a name.";
    if (name.length > LONGEST_NAME) return `The name has ${name.length} characters; at most ${LONGEST_NAME} fit.`;
    return null;
  }

  /* Of what was seen only the own key changes: what another tab did meanwhile is still news. */

  function write(key, record) {
    const text = JSON.stringify(record);
    try {
      if (!storage) throw new Error("no storage");
      storage.setItem(key, text);
      passing.delete(key);
      seen.set(key, text);
    } catch (error) {
      passing.set(key, record);
      return storage
        ? "The browser has no room left for it, so it is kept only while this page is open: download it."
        : "It is kept only while this page is open: download it.";
    }
    return "";
  }

  function erase(key) {
    passing.delete(key);
    seen.delete(key);
    try {
      if (storage) storage.removeItem(key);
    } catch (error) {
      // It is gone already.
    }
  }

  function newKey() {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    return `${KEPT_PREFIX}${sheet.fingerprint}:${high.toString(36)}${low.toString(36)}`;
  }

  function add(record, { once = false } = {}) {
    const fault = nameFault(record.name);
    if (fault) return { refused: fault };
    const before = news();
    const there = named();
    const same = (one) => JSON.stringify({ ...one, name: "", at: "" }) === JSON.stringify({ ...record, name: "", at: "" });
    const twin = once ? there.find(([, one]) => same(one)) : undefined;
    if (twin) return { name: twin[1].name, said: `“${twin[1].name}” is here already.`, twin: true };
    const name = freeName(record.name, new Set(there.map(([, one]) => one.name)));
    const trouble = write(newKey(), { ...record, name });
    const suffix = name === record.name ? "" : ` Another plan is called “${record.name}”; it is unchanged.`;
    return { name, said: sentences(before, `Kept as “${name}”.${suffix}`, trouble) };
  }

  /** What another tab kept, renamed or deleted since we looked; '' if nothing. Look before writing. */
  function news() {
    const is = stored();
    const nameOf = (texts, key) => (parsed(texts.get(key)) || { name: "" }).name;
    const said = [
      ...[...is.keys()].filter((key) => !seen.has(key)).map((key) => `“${nameOf(is, key)}” was kept in another tab of this browser.`),
      ...[...seen.keys()].filter((key) => !is.has(key)).map((key) => `“${nameOf(seen, key)}” was deleted in another tab of this browser.`),
      ...[...is.keys()].filter((key) => seen.has(key) && seen.get(key) !== is.get(key))
        .map((key) => `“${nameOf(seen, key)}” was renamed to “${nameOf(is, key)}” in another tab of this browser.`),
    ];
    seen = is;
    return said.length > 3 ? "The list of kept plans was changed in another tab of this browser." : said.join(" ");
  }

  function notice() {
    const said = news();
    if (said) tell(said);
  }

  /** Other tabs: their events, and a look when the reader comes back, should one be missed. */
  function watchStorage() {
    if (!storage) return;
    window.addEventListener("storage", (event) => {
      if (event.key === null || event.key.startsWith(KEPT_PREFIX)) notice();
    });
    window.addEventListener("focus", notice);
  }

  return {
    lasts: () => storage !== null,
    place: () => (storage
      ? "Plans are kept in this browser on this computer, for whoever uses it after you. Nothing is sent anywhere."
      : "This browser lets the page keep nothing: plans are kept only while the page is open. Download those that you need."),
    list: () => named().map(([key, record]) => {
      const text = JSON.stringify(record);
      if (!opened.has(key) || opened.get(key).text !== text) {
        opened.set(key, { text, kept: { key, ...openRecord(sheet, record), record } });
      }
      return { ...opened.get(key).kept, passing: passing.has(key) };
    }),
    add,
    rename(key, given) {
      const name = given.trim();
      const fault = nameFault(name);
      if (fault) return { refused: fault };
      const before = news();
      const there = named();
      const record = recordOf(key);
      if (!record) return GONE;
      if (record.name === name) return { name, said: "" };
      const free = freeName(name, new Set(there.filter(([other]) => other !== key).map(([, one]) => one.name)));
      const trouble = write(key, { ...record, name: free });
      const suffix = free === name ? "" : ` Another plan is called “${name}”.`;
      return { name: free, said: sentences(before, `“${record.name}” is now called “${free}”.${suffix}`, trouble) };
    },
    drop(key) {
      const before = news();
      const record = recordOf(key);
      if (!record) return GONE;
      last = [key, record];
      erase(key);
      return { said: sentences(before, `Deleted “${record.name}”. It can be put back until the page is closed.`) };
    },
    dropped: () => (last === null ? null : last[1].name),
    putBack() {
      if (last === null) return { said: "" };
      const [key, record] = last;
      last = null;
      const before = news();
      const name = freeName(record.name, new Set(named().map(([, one]) => one.name)));
      const trouble = write(key, { ...record, name });
      return { said: sentences(before, `“${name}” is back.`, trouble) };
    },
    forgetAll() {
      const keys = [...stored().keys(), ...passing.keys()];
      keys.forEach(erase);
      last = null;
      return { said: `Everything that workbenches kept in this browser is gone: ${keys.length} ${keys.length === 1 ? "plan" : "plans"}.` };
    },
  };
}
