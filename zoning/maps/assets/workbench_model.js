"use strict";
/* The figures of a plan, the rules it breaks and its edits, as the library computes them.

   A building is its number, a zone {id, school, members, kind, officers} with ascending
   members and the id of its high school or null, a plan {zones}. All are frozen: an edit
   makes a new plan, in which a zone that it did not touch is the same object, so that what
   is known of a zone is kept with it. Nothing here touches the page. */

const SLICE_MS = 4;
/* A sum may miss its bound by this share: the order of summation changes the last digits. */
const ROUNDING = 1e-9;
/* A longer drive mostly means that one building lies far from all others. */
const LONG_DRIVE_S = 3600;
/* The largest zone whose round trip is computed. */
const LARGEST_TOUR = 14;
const LONGEST_NAME = 60;

/* Texts, written as Python writes them. */

/** A number with so many digits after the point; an exact half goes to the even digit. */
function fixedText(value, digits) {
  const text = value.toFixed(digits);
  const exact = value.toFixed(Math.min(100, digits + 60));
  const tie = exact.includes(".") && /^50*$/.test(exact.slice(exact.indexOf(".") + 1 + digits));
  const odd = "13579".includes(text.at(-1));
  return tie && odd ? (value > 0 ? value - 10 ** -digits / 4 : value + 10 ** -digits / 4).toFixed(digits) : text;
}

/** A number with so many digits that count, and commas between thousands: `f"{value:,.4g}"`. */
function digitsText(value, digits) {
  if (value === Infinity || value === -Infinity) return value < 0 ? "-inf" : "inf";
  if (value === 0) return "0";
  let [mantissa, power] = value.toExponential(digits - 1).split("e");
  const exact = value.toExponential(100).split("e")[0].replace(/[-.]/g, "");
  if (/^50*$/.test(exact.slice(digits)) && "13579".includes(mantissa.at(-1))) {
    const even = `${mantissa.slice(0, -1)}${"86420"["97531".indexOf(mantissa.at(-1))]}`;
    mantissa = even;
  }
  const exponent = Number(power);
  const clean = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent < -4 || exponent >= digits) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${clean(mantissa)}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  return commasText(clean(Number(`${mantissa}e${exponent}`).toFixed(Math.max(0, digits - 1 - exponent))));
}

function commasText(number) {
  const [whole, part] = String(number).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? grouped : `${grouped}.${part}`;
}

/** Seconds as minutes, `4.5 min`; halves are rounded up. */
function minutesText(seconds, digits = 1) {
  if (!Number.isFinite(seconds)) return "unreachable";
  const whole = Math.floor((seconds / 60) * 10 ** digits + 0.5 + 1e-6) / 10 ** digits;
  return `${whole.toFixed(digits)} min`;
}

/** A number with its noun: `1 zone`, `2 zones`, `1,200 zones`. */
function countedText(count, what) {
  return count === 1 ? `1 ${what}` : `${commasText(count)} ${what}s`;
}

function fewText(names, most = 10) {
  const more = names.length > most ? [`and ${names.length - most} more`] : [];
  return [...names.slice(0, most), ...more].join(", ");
}

/** Text in quotes, as Python shows it. */
function quotedText(text) {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escapes = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", [mark]: `\\${mark}` };
  const inside = [...text].map((c) => {
    if (escapes[c]) return escapes[c];
    if (c === " " || !/[\p{C}\p{Z}]/u.test(c)) return c;
    const code = c.codePointAt(0);
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return `${mark}${inside.join("")}${mark}`;
}

/** A name without differences that no reader sees: case and blanks. */
function plainName(text) {
  return text.trim().split(/\s+/).join(" ").toLowerCase().toUpperCase().toLowerCase();
}

/* The problem. */

const DIGITS_85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%,()*+-;.=:?@^_`{|}~";

/** The bytes of text in base 85: five digits for four bytes. */
function bytesOf(text, length) {
  const digits = new Uint8Array(128);
  for (let k = 0; k < 85; k++) digits[DIGITS_85.charCodeAt(k)] = k;
  const bytes = new Uint8Array((text.length / 5) * 4);
  for (let k = 0, at = 0; k < text.length; k += 5, at += 4) {
    let number = 0;
    for (let d = k; d < k + 5; d++) number = number * 85 + digits[text.charCodeAt(d)];
    bytes[at] = number / 2 ** 24;
    bytes[at + 1] = (number / 2 ** 16) % 256;
    bytes[at + 2] = (number / 2 ** 8) % 256;
    bytes[at + 3] = number % 256;
  }
  return bytes.subarray(0, length);
}

/** The numbers of a packed table, row by row; NaN where unknown. */
async function unpackTable({ rows, columns, fraction_bits, planes, mirrored, bytes: length, data }) {
  const stream = new Blob([bytesOf(data, length)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = rows * columns;
  const table = new Float64Array(count);
  for (let p = planes - 1; p >= 0; p--) {
    for (let k = 0; k < count; k++) table[k] = table[k] * 256 + bytes[p * count + k];
  }
  const unit = 2 ** -fraction_bits;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const k = row * columns + column;
      if (mirrored && column < row) {
        const away = table[k] % 2 ? -(table[k] + 1) / 2 : table[k] / 2;
        table[k] = table[column * columns + row] + away * unit;
      } else table[k] = table[k] === 256 ** planes - 1 ? NaN : table[k] * unit;
    }
  }
  return table;
}

/** The problem of a worksheet: its tables, and what is known of zones and plans so far. */
async function readProblem(sheet) {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser is too old for the workbench: it takes Chrome or Edge 80, Firefox 113 or Safari 16.4.");
  }
  const n = sheet.divided;
  const schools = sheet.high_schools;
  const seconds = await unpackTable(sheet.seconds);
  const apart = await unpackTable(sheet.from_high_school);
  const misaligned = await unpackTable(sheet.misaligned);
  const away = new Float64Array(n * schools.length);
  let column = 0;
  schools.forEach((school, h) => {
    const own = school.seconds_as < 0 ? column++ : -1;
    for (let k = 0; k < n; k++) {
      away[k * schools.length + h] = own < 0 ? seconds[school.seconds_as * n + k] : apart[k * sheet.from_high_school.columns + own];
    }
  });
  const rules = sheet.rules.map((rule) => ruleOf(rule, n));
  const problem = {
    sheet, n, schools, seconds, away, misaligned, rules,
    ids: sheet.building_ids,
    names: sheet.names,
    calls: sheet.call_weight,
    presence: sheet.presence,
    totalCalls: sheet.call_weight.reduce((sum, c) => sum + c, 0),
    withFeeder: sheet.with_feeder,
    isStation: sheet.objective === "station",
    isWorst: sheet.objective === "worst",
    isComputed: sheet.uncomputed.length === 0,
    strict: sheet.alignment.mode === "strict",
    chargesAlignment: sheet.feeders_given && sheet.alignment.mode !== "off",
    costs: sheet.costs,
    zoneCosts: sheet.costs.filter((cost) => cost.kind !== "MovedBuildings"),
    holdsOwnSchool: rules.some((rule) => rule.kind === "HoldsHighSchool"),
    mostAway: Math.min(...rules.filter((rule) => rule.kind === "FromHighSchool").map((rule) => rule.limit_s)),
    numbers: new Map(sheet.building_ids.map((id, b) => [id, b])),
    schoolNumbers: new Map(schools.map((school, h) => [school.id, h])),
    zonesKnown: new WeakMap(),
    nearKnown: new WeakMap(),
    pairs: null,
  };
  return problem;
}

function ruleOf(rule, n) {
  if (rule.kind !== "Contiguous") return rule;
  const beside = Array.from({ length: n }, () => []);
  for (const [a, b] of rule.neighbours) {
    beside[a].push(b);
    beside[b].push(a);
  }
  return { ...rule, beside };
}

/** The plan that a page starts with. */
function startPlan(problem, k) {
  return planOf(problem.sheet.starts[k].zones);
}

function planOf(zones) {
  return Object.freeze({ zones: Object.freeze(zones.map((zone) => (Object.isFrozen(zone) ? zone : zoneOf(zone)))) });
}

function zoneOf({ id, school, members, kind = "patrol", officers = 1 }) {
  const sorted = Object.freeze([...members].sort((a, b) => a - b));
  return Object.freeze({ id, school, members: sorted, kind, officers });
}

function groupOf(problem, zone) {
  const { members } = zone;
  return members.length && members.at(-1) >= problem.n ? members.filter((b) => b < problem.n) : members;
}

/** The zone of a building in a plan; undefined where it has none. */
function zoneWith(plan, b) {
  return plan.zones.find((zone) => zone.members.includes(b));
}

/** Buildings in the order of their ids, in which sentences list them. */
function byId(problem, numbers) {
  return [...numbers].sort((a, b) => problem.sheet.ranks[a] - problem.sheet.ranks[b]);
}

function namesText(problem, numbers) {
  return numbers.map((b) => problem.names[b]).join(", ");
}

/** The name of a high school or building of this id; the id if none is known. */
function nameOf(problem, id) {
  const h = problem.schoolNumbers.get(id);
  if (h !== undefined) return problem.schools[h].name;
  const b = problem.numbers.get(id);
  return b === undefined ? id : problem.names[b];
}

/* High schools of zones. */

function outsideOf(problem, group, h) {
  let outside = 0;
  for (const k of group) outside += problem.misaligned[k * problem.schools.length + h];
  return outside;
}

/** Whether strict alignment and the rules let a zone have a high school. */
function isOpen(problem, group, h) {
  const { misaligned } = problem;
  const count = problem.schools.length;
  if (problem.holdsOwnSchool && !holdsSchool(problem, group, h)) return false;
  for (const k of group) {
    if (problem.strict && misaligned[k * count + h] > 0) return false;
    if (problem.away[k * count + h] > problem.mostAway) return false;
  }
  return true;
}

function holdsSchool(problem, group, h) {
  return group.includes(problem.schools[h].building);
}

/** The high school of a zone of a new plan, its id: the one that most of its schools feed. */
function chooseSchool(problem, group) {
  const { schools } = problem;
  if (!schools.length || !group.length) return null;
  let best = null;
  schools.forEach((school, h) => {
    const inside = holdsSchool(problem, group, h);
    let away = 0;
    for (const k of group) away += problem.away[k * schools.length + h];
    const key = [
      Number(!isOpen(problem, group, h)), outsideOf(problem, group, h), Number(school.alternative),
      Number(!inside), inside ? -(school.students ?? 0) : 0, Number.isNaN(away) ? Infinity : away / group.length,
    ];
    if (best === null || isBefore(key, best.key)) best = { key, id: school.id };
  });
  return best.id;
}

function isBefore(key, other) {
  for (let k = 0; k < key.length; k++) if (key[k] !== other[k]) return key[k] < other[k];
  return false;
}

/** The high school of a zone after its buildings changed; a zone without one stays without. */
function schoolAfter(problem, school, group) {
  if (school === null) return null;
  const h = problem.schoolNumbers.get(school);
  if (h !== undefined) {
    const stays = problem.sheet.feeders_given
      ? group.some((k) => problem.withFeeder[k] > problem.misaligned[k * problem.schools.length + h])
      : holdsSchool(problem, group, h);
    if (stays) return school;
  }
  return chooseSchool(problem, group);
}

function countMisaligned(problem, group, school) {
  const h = problem.schoolNumbers.get(school);
  if (h !== undefined) return outsideOf(problem, group, h);
  if (school !== null) return group.reduce((sum, k) => sum + problem.withFeeder[k], 0);
  const all = problem.schools.map((_, k) => outsideOf(problem, group, k));
  return all.length ? Math.min(...all) : 0;
}

/** The high school by which the rules judge a zone. */
function judgedSchool(problem, group, school) {
  const matters = problem.chargesAlignment || problem.holdsOwnSchool || problem.mostAway < Infinity;
  if (!problem.schools.length || !matters) return school;
  const known = problem.sheet.feeders_given || problem.schoolNumbers.has(school);
  return school === null || !known ? chooseSchool(problem, group) : school;
}

/* Figures of a zone. */

/** Calls-weighted seconds of travel in a zone, as the objective assumes where its officer is. */
function travelOf(problem, group) {
  const { seconds, calls, presence, n } = problem;
  if (problem.isStation) {
    let least = group.length ? Infinity : 0;
    for (const post of group) {
      let total = 0;
      for (const k of group) total += seconds[post * n + k] * calls[k];
      if (total < least) least = total;
    }
    return least;
  }
  let shares = 0;
  let total = 0;
  for (const k of group) shares += presence[k];
  for (const k of group) {
    let expected = 0;
    for (const j of group) expected += presence[j] * seconds[j * n + k];
    total += (expected / shares) * calls[k];
  }
  return total;
}

/** The longest drive in a zone, and between which buildings: the first in the order given. */
function longestDrive(problem, group) {
  const { seconds, n } = problem;
  let found = { seconds: 0, from: group[0], to: group[0] };
  for (const a of group) {
    for (const b of group) if (seconds[a * n + b] > found.seconds) found = { seconds: seconds[a * n + b], from: a, to: b };
  }
  return found;
}

/** The shortest round trip through all buildings (Held and Karp 1962); NaN if they are too many. */
function tourOf(problem, group) {
  const size = group.length;
  if (size < 2) return 0;
  if (size > LARGEST_TOUR) return NaN;
  const rest = size - 1;
  const between = (a, b) => problem.seconds[group[a] * problem.n + group[b]];
  const drives = Float64Array.from({ length: size * size }, (_, k) => between(Math.floor(k / size), k % size));
  const ends = new Float64Array((1 << rest) * rest).fill(Infinity);
  for (let k = 0; k < rest; k++) ends[(1 << k) * rest + k] = drives[k + 1];
  for (let visited = 1; visited < 1 << rest; visited++) {
    for (let last = 0; last < rest; last++) {
      const so = ends[visited * rest + last];
      if (so === Infinity) continue;
      for (let next = 0; next < rest; next++) {
        if (visited & (1 << next)) continue;
        const at = (visited | (1 << next)) * rest + next;
        const there = so + drives[(last + 1) * size + next + 1];
        if (there < ends[at]) ends[at] = there;
      }
    }
  }
  let least = Infinity;
  const all = (1 << rest) - 1;
  for (let k = 0; k < rest; k++) least = Math.min(least, ends[all * rest + k] + drives[(k + 1) * size]);
  return least;
}

/** The amount of a cost in a zone; NaN where it cannot be computed. */
function amountOf(problem, cost, group) {
  if (!group.length) return 0;
  if (cost.kind === "TourLength") return tourOf(problem, group);
  return Math.abs(sumOf(problem, cost.column, group) / cost.mean - 1);
}

/** The sum of a column over a zone; NaN where a value is unknown. */
function sumOf(problem, column, group) {
  const values = problem.sheet.columns[column];
  let sum = 0;
  for (const k of group) sum += values[k] === null ? NaN : values[k];
  return sum;
}

/** What a zone adds to the objective, without strict alignment and moved buildings. */
function costOf(problem, group, school) {
  if (!group.length) return 0;
  const { charge_s: price } = problem.sheet.alignment;
  let total = travelOf(problem, group);
  if (price) total += price * countMisaligned(problem, group, school);
  for (const cost of problem.zoneCosts) total += cost.price_s * amountOf(problem, cost, group);
  return total;
}

/** The same from the figures of a zone, whose amounts may have taken long. */
function costOfZone(problem, { travel_s, misaligned, amounts }) {
  const { charge_s: price } = problem.sheet.alignment;
  let total = travel_s;
  if (price) total += price * misaligned;
  problem.zoneCosts.forEach((cost, c) => { total += cost.price_s * amounts[c]; });
  return total;
}

/* Rules about a zone. */

/** Null if a zone keeps a rule, else a function that says how it breaks it. */
function breachOf(problem, rule, group, school) {
  const has = (b) => group.includes(b);
  switch (rule.kind) {
    case "LongestDrive": {
      const { seconds, n } = problem;
      if (!group.some((a) => group.some((b) => seconds[a * n + b] > rule.limit_s))) return null;
      return () => {
        const far = longestDrive(problem, byId(problem, group));
        return `${problem.names[far.from]} to ${problem.names[far.to]} is ${excessText(far.seconds, rule.limit_s)}`;
      };
    }
    case "FromHighSchool": {
      const h = problem.schoolNumbers.get(school);
      if (h === undefined) return () => "the zone has no high school";
      const drive = (k) => problem.away[k * problem.schools.length + h];
      if (!group.some((k) => drive(k) > rule.limit_s)) return null;
      return () => {
        const far = byId(problem, group).reduce((a, b) => (drive(b) > drive(a) ? b : a));
        return `${problem.names[far]} from ${nameOf(problem, school)} is ${excessText(drive(far), rule.limit_s)}`;
      };
    }
    case "HoldsHighSchool": {
      const h = problem.schoolNumbers.get(school);
      if (h === undefined) return () => "the zone has no high school";
      if (holdsSchool(problem, group, h)) return null;
      return () => `${nameOf(problem, school)}, its high school, is not in the zone`;
    }
    case "Contiguous": {
      const parts = partsOf(problem, rule, group);
      if (parts.length < 2) return null;
      return () => {
        const main = parts.reduce((a, b) => (b.length > a.length ? b : a));
        const cut = byId(problem, group.filter((k) => !main.includes(k)));
        return `${namesText(problem, cut)} ${cut.length === 1 ? "is" : "are"} cut off by other zones`;
      };
    }
    case "Together": {
      const here = rule.buildings.filter(has);
      if (!here.length || here.length === rule.buildings.length) return null;
      const missing = rule.buildings.filter((b) => !has(b));
      return () => `${namesText(problem, here)} without ${namesText(problem, missing)}`;
    }
    case "Apart": {
      const here = rule.buildings.filter(has);
      return here.length > 1 ? () => `${namesText(problem, here)} in one zone` : null;
    }
    case "InZone":
    case "NotInZone": {
      if (!has(rule.building)) return null;
      const count = rule.others.filter(has).length;
      const most = Math.ceil(rule.others.length / 2);
      if (rule.kind === "InZone" ? count >= most : count < most) return null;
      return () => `${problem.names[rule.building]} is with ${count} of the ${rule.others.length} other buildings of ${rule.zone_id}`;
    }
    case "Locked": {
      const missing = rule.buildings.filter((b) => !has(b));
      const added = group.filter((b) => !rule.buildings.includes(b));
      const alone = missing.length === rule.buildings.length;
      if (alone || (!missing.length && !added.length)) return null;
      return () => {
        const lacks = missing.length ? [`lacks ${namesText(problem, byId(problem, missing))}`] : [];
        const more = added.length ? [`has ${namesText(problem, byId(problem, added))} as well`] : [];
        return `${rule.zone_id} is locked but ${[...lacks, ...more].join(" and ")}`;
      };
    }
    case "Workload": {
      const total = sumOf(problem, rule.column, group);
      const high = rule.high === null ? Infinity : rule.high;
      const least = rule.low - ROUNDING * (1 + Math.abs(rule.low));
      if (total >= least && total <= high + ROUNDING * (1 + Math.abs(high))) return null;
      return () => {
        const [bound, word] = total < rule.low ? [rule.low, "below"] : [high, "over"];
        let digits = 4;
        while (digits < 16 && digitsText(total, digits) === digitsText(bound, digits)) digits++;
        return `${rule.column} ${digitsText(total, digits)}, ${word} ${digitsText(bound, digits)}`;
      };
    }
    default: // moved buildings: no single zone breaks it
      return null;
  }
}

/** A drive and the limit it exceeds, with enough digits to differ. */
function excessText(seconds, limit_s) {
  let drive = "";
  let limit = "";
  for (let digits = 1; digits < 7 && drive === limit; digits++) {
    drive = fixedText(seconds / 60, digits);
    limit = fixedText(limit_s / 60, digits);
  }
  return `${drive} min, over ${limit} min`;
}

/** The connected parts of a zone, ordered by their first id. */
function partsOf(problem, rule, group) {
  const left = new Set(group);
  const parts = [];
  for (const first of byId(problem, group)) {
    if (!left.delete(first)) continue;
    const part = [first];
    for (let k = 0; k < part.length; k++) {
      for (const b of rule.beside[part[k]]) if (left.delete(b)) part.push(b);
    }
    parts.push(part);
  }
  return parts;
}

/** Whether a zone of these buildings and high school keeps the sizes, the alignment and every rule. */
function isAllowed(problem, group, school) {
  if (!group.length) return true;
  const [low, high] = problem.sheet.sizes;
  if (group.length < low || group.length > high) return false;
  const h = problem.schoolNumbers.get(school);
  if (h === undefined && school !== null && problem.sheet.feeders_given) return false;
  const forbids = problem.strict || problem.holdsOwnSchool || problem.mostAway < Infinity;
  if (problem.schools.length && forbids) {
    const open = h === undefined ? problem.schools.some((_, k) => isOpen(problem, group, k)) : isOpen(problem, group, h);
    if (!open) return false;
  }
  const ofSchool = (rule) => rule.kind === "FromHighSchool" || rule.kind === "HoldsHighSchool";
  return problem.rules.every((rule) => ofSchool(rule) || breachOf(problem, rule, group, school) === null);
}

/** Sizes, alignment and rules that a zone breaks: three lists, the last with one item a rule. */
function zoneBreaches(problem, zone, group, school) {
  const { sheet } = problem;
  const [low, high] = sheet.sizes;
  const has = `has ${countedText(group.length, "building")}`;
  const sizes = [];
  if (group.length < low) sizes.push({ rule: `at least ${countedText(low, "building")} in a zone`, reason: `${has}, at least ${low}` });
  if (group.length > high) sizes.push({ rule: `at most ${countedText(high, "building")} in a zone`, reason: `${has}, at most ${high}` });
  const alignment = [];
  const h = problem.schoolNumbers.get(school);
  if (sheet.feeders_given && school !== null) {
    if (h === undefined) {
      alignment.push({
        rule: "zones are aligned with high schools of the district",
        reason: `is aligned with ${quotedText(school)}, which is not among them`,
      });
    } else if (problem.strict) {
      const outside = byId(problem, group.filter((k) => outsideOf(problem, [k], h))).map((k) => problem.names[k]);
      if (outside.length) {
        const verb = outside.length === 1 ? "feeds" : "feed";
        alignment.push({
          rule: "alignment: strict",
          reason: `${fewText(outside)} ${verb} another high school than ${nameOf(problem, school)}`,
        });
      }
    }
  }
  const rules = problem.rules.map((rule) => {
    const breach = breachOf(problem, rule, group, school);
    return breach === null ? null : { rule: rule.text, reason: breach() };
  });
  return { sizes, alignment, rules };
}

const NOTHING_BROKEN = Object.freeze({ sizes: [], alignment: [], rules: [] });

/** Figures of a zone, and what it breaks; known ones are kept with the zone. */
function zoneFigures(problem, zone) {
  const known = problem.zonesKnown.get(zone);
  if (known) return known;
  const group = groupOf(problem, zone);
  const isPatrol = zone.kind === "patrol";
  const judged = isPatrol && group.length ? judgedSchool(problem, group, zone.school) : zone.school;
  const broken = isPatrol && group.length ? zoneBreaches(problem, zone, group, judged) : NOTHING_BROKEN;
  const far = longestDrive(problem, group);
  const loads = {};
  for (const column of Object.keys(problem.sheet.columns)) {
    const sum = sumOf(problem, column, group);
    loads[column] = Number.isNaN(sum) ? null : sum;
  }
  const figures = {
    group, judged, far,
    size: group.length,
    travel_s: travelOf(problem, group),
    longest_drive_s: far.seconds,
    misaligned: group.length ? countMisaligned(problem, group, zone.school) : 0,
    with_feeder: group.reduce((sum, k) => sum + problem.withFeeder[k], 0),
    loads,
    amounts: problem.zoneCosts.map((cost) => amountOf(problem, cost, group)),
    breaches: broken,
    broken: [...broken.sizes, ...broken.alignment, ...broken.rules.filter((b) => b !== null)],
  };
  problem.zonesKnown.set(zone, figures);
  return figures;
}

/* Moved buildings. */

/**
 * The matching of rows and columns with the largest sum: the column of each row, -1 for none.
 *
 * Shortest augmenting paths (Jonker and Volgenant 1987, Crouse 2016). Of equally good
 * matchings it finds the one that scipy.optimize.linear_sum_assignment finds, whose order it
 * follows: rows one by one, columns from the last, of equal ones a free one.
 */
function bestMatching(table, columns) {
  if (!table.length || !columns) return table.map(() => -1);
  const isTall = table.length > columns;
  const rows = isTall ? Array.from({ length: columns }, (_, c) => table.map((row) => row[c])) : table;
  const width = isTall ? table.length : columns;
  const ofRow = new Float64Array(rows.length);
  const ofColumn = new Float64Array(width);
  const columnOf = new Int32Array(rows.length).fill(-1);
  const rowOf = new Int32Array(width).fill(-1);
  const before = new Int32Array(width).fill(-1);
  const cheapest = new Float64Array(width);
  const left = new Int32Array(width);
  for (let first = 0; first < rows.length; first++) {
    cheapest.fill(Infinity);
    for (let k = 0; k < width; k++) left[k] = width - 1 - k;
    let count = width;
    let row = first;
    let least = 0;
    let sink = -1;
    const seenRows = [];
    const seenColumns = [];
    while (sink < 0) {
      seenRows.push(row);
      let lowest = Infinity;
      let at = -1;
      for (let k = 0; k < count; k++) {
        const c = left[k];
        const way = least - rows[row][c] - ofRow[row] - ofColumn[c];
        if (way < cheapest[c]) {
          cheapest[c] = way;
          before[c] = row;
        }
        if (cheapest[c] < lowest || (cheapest[c] === lowest && rowOf[c] < 0)) {
          lowest = cheapest[c];
          at = k;
        }
      }
      least = lowest;
      const c = left[at];
      seenColumns.push(c);
      left[at] = left[--count];
      if (rowOf[c] < 0) sink = c;
      else row = rowOf[c];
    }
    for (const r of seenRows) ofRow[r] += r === first ? least : least - cheapest[columnOf[r]];
    for (const c of seenColumns) ofColumn[c] -= least - cheapest[c];
    for (let c = sink; ;) {
      const r = before[c];
      const next = columnOf[r];
      rowOf[c] = r;
      columnOf[r] = c;
      if (r === first) break;
      c = next;
    }
  }
  return Array.from(isTall ? rowOf : columnOf);
}

/** How many buildings each zone shares with each zone of today. */
function sharedWithToday(problem, groups) {
  const { home } = problem.sheet.today;
  const width = home.reduce((most, z) => Math.max(most, z), -1) + 1;
  return {
    width,
    table: groups.map((group) => {
      const row = new Array(width).fill(0);
      for (const k of group) if (home[k] >= 0) row[home[k]] += 1;
      return row;
    }),
  };
}

/** The zone of today that each zone continues, -1 for none, so that the fewest buildings move. */
function continuedZones(problem, groups) {
  const { width, table } = sharedWithToday(problem, groups);
  return bestMatching(table, width).map((column, row) => (column >= 0 && table[row][column] > 0 ? column : -1));
}

/** Buildings that have left the zone they are in today, in the problem's order. */
function movedBuildings(problem, groups) {
  if (!problem.sheet.today) return null;
  const { home } = problem.sheet.today;
  const now = new Array(problem.n).fill(-1);
  continuedZones(problem, groups).forEach((zone, g) => {
    for (const k of groups[g]) now[k] = zone;
  });
  return home.flatMap((zone, k) => (zone >= 0 && zone !== now[k] ? [k] : []));
}

/* The score of a plan. */

/** (objective - bound) / objective, never below 0. */
function relativeGap(objective, bound) {
  if (objective <= bound) return 0;
  return objective ? (objective - bound) / Math.abs(objective) : Infinity;
}

/**
 * What the library's check_plan says of a plan, in the same words and order.
 *
 * `objective_s` is null where strict alignment is broken, and without_strict_s is then the
 * rest; both are null where a cost cannot be computed here. `moved` counts only where a rule
 * or a cost does, `from_today` wherever today's plan is known. `gap` is to the bound: null
 * without one, for a plan that breaks a rule or has schools outside patrol zones, and where
 * own rules are not tested here; `drive_gap` is the same for the longest drive. One item of `zones` for each zone of the plan.
 */
function scorePlan(problem, plan) {
  const { sheet } = problem;
  const all = plan.zones.map((zone) => ({ zone, figures: zoneFigures(problem, zone) }));
  const scored = all.filter(({ figures }) => figures.size);
  const patrol = scored.filter(({ zone }) => zone.kind === "patrol");
  const add = (amount) => scored.reduce((sum, one) => sum + amount(one.figures), 0);
  const travel = add((figures) => figures.travel_s);
  const misaligned = add((figures) => figures.misaligned);
  const movers = movedBuildings(problem, scored.map(({ figures }) => figures.group));
  const fromToday = movers === null ? null : movers.length;
  const moved = sheet.moving ? fromToday : null;
  const terms = costTerms(problem, { travel, misaligned, moved, add });
  const tooLarge = scored.filter(({ figures }) => figures.amounts.some(Number.isNaN));
  const isKnown = problem.isComputed && !tooLarge.length;
  const objective = isKnown ? terms.reduce((sum, term) => sum + term.seconds, 0) : null;
  const rest = isKnown ? terms.reduce((sum, term) => sum + (Number.isFinite(term.seconds) ? term.seconds : 0), 0) : null;
  const broken = [
    ...countBreach(problem, plan),
    ...dedicatedBreaches(problem, plan),
    ...movedBreaches(problem, movers),
    ...patrol.flatMap(({ zone, figures }) => figures.breaches.sizes.map((b) => ({ ...b, zone_id: zone.id }))),
    ...patrol.flatMap(({ zone, figures }) => figures.breaches.alignment.map((b) => ({ ...b, zone_id: zone.id }))),
    ...problem.rules.flatMap((_, r) => patrol.flatMap(({ zone, figures }) => (
      figures.breaches.rules[r] ? [{ ...figures.breaches.rules[r], zone_id: zone.id }] : []))),
  ];
  const longest = scored.reduce((most, { figures }) => Math.max(most, figures.longest_drive_s), 0);
  const { bound } = sheet;
  // No rule is asked of a zone that nobody patrols, so that the bound does not hold with one.
  const keepsAll = !broken.length && !sheet.unchecked.length && patrol.length === scored.length;
  const isBounded = bound !== null && keepsAll && Number.isFinite(objective);
  const isNear = isBounded && (bound.drives_to_s === null || longest <= bound.drives_to_s);
  return {
    objective_s: Number.isFinite(objective) ? objective : null,
    without_strict_s: rest,
    mean_travel_s: travel / problem.totalCalls,
    longest_drive_s: longest,
    misaligned,
    with_feeder: problem.withFeeder.reduce((sum, count) => sum + count, 0),
    moved,
    from_today: fromToday,
    gap: isNear ? relativeGap(objective, bound.objective_s) : null,
    drive_gap: isBounded && bound.drive_s !== null ? relativeGap(longest, bound.drive_s) : null,
    terms: problem.isComputed ? terms : [],
    zones: all.map(({ figures }) => figures),
    broken,
    notes: [...assumptionNotes(problem, patrol), ...longDriveNote(problem, scored), ...tooLargeNote(problem, tooLarge)],
  };
}

function costTerms(problem, { travel, misaligned, moved, add }) {
  const { alignment } = problem.sheet;
  const terms = [{ text: "travel", amount: travel, unit: "building-seconds", seconds: travel }];
  if (problem.chargesAlignment) {
    const price = alignment.charge_s === null ? Infinity : alignment.charge_s;
    terms.push({
      text: `alignment: ${alignment.text}`, amount: misaligned, unit: "misaligned schools",
      seconds: misaligned ? price * misaligned : 0,
    });
  }
  const priced = (cost, amount) => ({ text: cost.text, amount, unit: cost.unit, seconds: amount * cost.price_s });
  problem.zoneCosts.forEach((cost, c) => terms.push(priced(cost, add((figures) => figures.amounts[c]))));
  for (const cost of problem.costs) if (cost.kind === "MovedBuildings") terms.push(priced(cost, moved));
  return terms;
}

function countBreach(problem, plan) {
  const { zones } = problem.sheet;
  const count = plan.zones.filter((zone) => zone.kind === "patrol").length;
  if (zones === null || (zones[0] <= count && count <= zones[1])) return [];
  const [fewest, most] = zones;
  const rule = fewest === most ? countedText(most, "zone") : `${fewest} to ${most} zones`;
  const reason = `the plan has ${countedText(count, "patrol zone")}, not ${rule.split(" zone")[0]}`;
  return [{ rule, zone_id: null, reason }];
}

function dedicatedBreaches(problem, plan) {
  const rule = "dedicated officers are alone at their buildings";
  const broken = [];
  const home = new Map(plan.zones.flatMap((zone) => zone.members.map((b) => [b, zone])));
  for (let b = problem.n; b < problem.ids.length; b++) {
    const zone = home.get(b);
    const reason = `${problem.names[b]} was to have an officer of its own`;
    if (!zone) broken.push({ rule, zone_id: null, reason: `${reason}, and is in no zone` });
    else if (zone.kind === "patrol") broken.push({ rule, zone_id: zone.id, reason });
  }
  for (const zone of plan.zones) {
    if (zone.kind !== "dedicated") continue;
    const members = byId(problem, zone.members);
    const few = (numbers) => fewText(numbers.map((b) => problem.names[b]));
    if (members.length > 1) {
      broken.push({ rule, zone_id: zone.id, reason: `its officer stays at one building, but it has ${few(members)}` });
    }
    const toPatrol = members.filter((b) => b < problem.n);
    if (toPatrol.length) {
      broken.push({ rule, zone_id: zone.id, reason: `no dedicated officer was requested at ${few(toPatrol)}` });
    }
  }
  return broken;
}

function movedBreaches(problem, movers) {
  if (!problem.sheet.moving) return [];
  return problem.rules
    .filter((rule) => rule.kind === "AtMostMoved" && movers.length > rule.most)
    .map((rule) => ({
      rule: rule.text,
      zone_id: null,
      reason: `${countedText(movers.length, "building")} moved, at most ${rule.most}: ${fewText(movers.map((k) => problem.names[k]))}`,
    }));
}

function assumptionNotes(problem, patrol) {
  const given = problem.sheet.feeders_given;
  const assumed = patrol
    .filter(({ zone, figures }) => zone.school === null && figures.judged !== null)
    .map(({ zone, figures }) => `${zone.id} ${given ? "with" : "after"} ${nameOf(problem, figures.judged)}`);
  if (!assumed.length) return [];
  const verb = assumed.length === 1 ? "names no high school and counts" : "name no high school and count";
  const what = given ? "aligned" : "named after one";
  return [`${countedText(assumed.length, "zone")} ${verb} as ${what}: ${fewText(assumed)}`];
}

function longDriveNote(problem, scored) {
  if (!scored.length) return [];
  const { zone, figures } = scored.reduce((a, b) => (b.figures.longest_drive_s > a.figures.longest_drive_s ? b : a));
  if (figures.longest_drive_s <= LONG_DRIVE_S) return [];
  const { seconds, from, to } = figures.far;
  return [`the longest drive of ${zone.id} is ${fixedText(seconds / 60, 0)} min, from ${problem.names[from]} to ${problem.names[to]}`];
}

function tooLargeNote(problem, tooLarge) {
  if (!tooLarge.length) return [];
  const sizes = tooLarge.map(({ zone, figures }) => `${zone.id} has ${figures.size}`);
  return [`a cost is computed for zones of at most ${LARGEST_TOUR} buildings: ${sizes.join(", ")}`];
}

/** The check of a plan in lines of text, as the library prints it. */
function planText(problem, plan, figures = scorePlan(problem, plan)) {
  const patrol = plan.zones.filter((zone) => zone.kind === "patrol").length;
  const posts = plan.zones.reduce((sum, zone) => sum + (zone.kind === "dedicated" ? zone.officers : 0), 0);
  const buildings = plan.zones.reduce((sum, zone) => sum + zone.members.length, 0);
  const verdict = figures.broken.length ? `breaks ${countedText(figures.broken.length, "rule")}` : "keeps every rule";
  const officers = posts ? ` and ${countedText(posts, "dedicated officer")}` : "";
  let travel = `mean expected travel ${minutesText(figures.mean_travel_s, 2)} per call, longest drive inside a zone ${minutesText(figures.longest_drive_s)}`;
  if (figures.with_feeder) travel += `, ${figures.misaligned} of ${figures.with_feeder} schools outside their feeder's zone`;
  if (figures.moved !== null) travel += `, ${figures.moved} buildings moved`;
  return [
    `${countedText(patrol, "zone")}${officers} for ${countedText(buildings, "building")}: ${verdict}`,
    travel,
    objectiveText(figures),
    ...figures.broken.map((b) => `  ${faultText(b)}`),
    ...figures.notes.map((note) => `Note: ${note}.`),
  ].join("\n");
}

function objectiveText(figures) {
  if (figures.objective_s !== null) return `objective ${fixedText(figures.objective_s / 60, 2)} building-minutes`;
  if (figures.without_strict_s === null) return "objective not computed in this page";
  return `objective without strict alignment, which is broken, ${fixedText(figures.without_strict_s / 60, 2)} building-minutes`;
}

/** A broken rule in words, with the zone that breaks it. */
function faultText({ zone_id, reason }) {
  return zone_id === null ? reason : `${zone_id}: ${reason}`;
}

/** Change of the objective from one plan to another; null where it is not computed. */
function costBetween(before, after) {
  return before.objective_s === null || after.objective_s === null ? null : after.objective_s - before.objective_s;
}

/* Edits. Each gives {plan, notes}, or {refused}: why it makes no sense. */

/** Replace the buildings of zones, by zone; those without any are gone. */
function replaceMembers(problem, plan, members, made = null) {
  const notes = [];
  const zones = [];
  for (const zone of plan.zones) {
    if (!members.has(zone)) {
      zones.push(zone);
      continue;
    }
    const now = members.get(zone);
    if (!now.length) {
      notes.push(`${zone.id} has no building left and is gone`);
      continue;
    }
    const changed = { ...zone, members: now };
    const group = groupOf(problem, zoneOf(changed));
    if (zone === made) changed.school = zone.school === null ? null : chooseSchool(problem, group);
    else {
      changed.school = schoolAfter(problem, zone.school, group);
      if (changed.school !== zone.school) notes.push(newSchoolNote(problem, zone, changed.school));
    }
    zones.push(zoneOf(changed));
  }
  return { plan: planOf(zones), notes };
}

function newSchoolNote(problem, zone, school) {
  const now = school === null ? "no high school" : nameOf(problem, school);
  if (!problem.sheet.feeders_given) return `${zone.id} is named after ${now} now`;
  return `${zone.id} is aligned with ${now} now: none of its schools feeds ${nameOf(problem, zone.school)}`;
}

/** Why a building cannot be moved; null if it can. */
function fixedReason(problem, plan, b) {
  if (!zoneWith(plan, b)) return `${problem.names[b] ?? b} is in no zone`;
  return b >= problem.n ? `${problem.names[b]} has an officer of its own` : null;
}

function patrolZone(problem, plan, zone_id) {
  const zone = plan.zones.find(({ id }) => id === zone_id);
  if (!zone) return { refused: `there is no zone ${quotedText(zone_id)}` };
  if (zone.kind === "patrol") return { zone };
  return { refused: `${zone_id} is no patrol zone: its officer stays at ${namesText(problem, byId(problem, zone.members))}` };
}

/** Move buildings to a zone, all at once. */
function moveBuildings(problem, plan, numbers, zone_id) {
  const { zone: target, refused } = patrolZone(problem, plan, zone_id);
  const fixed = refused ?? numbers.map((b) => fixedReason(problem, plan, b)).find((reason) => reason);
  if (fixed) return { refused: fixed };
  const moving = numbers.filter((b) => !target.members.includes(b));
  if (!moving.length) return { refused: `${namesText(problem, byId(problem, numbers))} ${numbers.length === 1 ? "is" : "are"} in ${zone_id} already` };
  const members = new Map([[target, [...target.members, ...moving]]]);
  for (const zone of plan.zones) {
    if (zone.members.some((b) => moving.includes(b))) members.set(zone, zone.members.filter((b) => !moving.includes(b)));
  }
  return replaceMembers(problem, plan, members);
}

/** Exchange two buildings of different zones. */
function swapBuildings(problem, plan, a, b) {
  const fixed = [a, b].map((k) => fixedReason(problem, plan, k)).find((reason) => reason);
  if (fixed) return { refused: fixed };
  const [one, other] = [zoneWith(plan, a), zoneWith(plan, b)];
  if (one === other) return { refused: `${problem.names[a]} and ${problem.names[b]} are both in ${one.id}` };
  return replaceMembers(problem, plan, new Map([
    [one, [...one.members.filter((k) => k !== a), b]],
    [other, [...other.members.filter((k) => k !== b), a]],
  ]));
}

/** The first `Zone 1`, `Zone 2` ... that no zone is called. */
function freshId(plan) {
  const taken = new Set(plan.zones.map((zone) => plainName(zone.id)));
  let k = 1;
  while (taken.has(`zone ${k}`)) k++;
  return `Zone ${k}`;
}

/** Make a zone of some buildings, right after the zone of the first of them. */
function makeZone(problem, plan, numbers) {
  const fixed = numbers.map((b) => fixedReason(problem, plan, b)).find((reason) => reason);
  if (fixed) return { refused: fixed };
  if (!numbers.length) return { refused: "no building is named" };
  const sources = plan.zones.filter((zone) => zone.members.some((b) => numbers.includes(b)));
  const [first] = sources;
  const closed = sources.find((zone) => zone.kind !== "patrol");
  if (closed) return { refused: patrolZone(problem, plan, closed.id).refused };
  const [whole, divided] = [first.members.length === numbers.length, groupOf(problem, first).length];
  if (sources.length === 1 && divided < 2) return { refused: `${first.id} has one building: it cannot be split` };
  if (sources.length === 1 && whole) return { refused: `${first.id} is a zone of these buildings already` };
  const school = sources.map((zone) => zone.school).find((id) => id !== null) ?? null;
  const made = zoneOf({ id: freshId(plan), school, members: numbers });
  const members = new Map(sources.map((zone) => [zone, zone.members.filter((b) => !numbers.includes(b))]));
  members.set(made, made.members);
  const at = plan.zones.indexOf(first) + 1;
  const more = { zones: [...plan.zones.slice(0, at), made, ...plan.zones.slice(at)] };
  return { ...replaceMembers(problem, more, members, made), zone_id: made.id };
}

/** Give a zone another name. */
function renameZone(problem, plan, zone_id, name) {
  const zone = plan.zones.find(({ id }) => id === zone_id);
  if (!zone) return { refused: `there is no zone ${quotedText(zone_id)}` };
  const fault = nameFault(name);
  if (fault) return { refused: `${quotedText(zone_id)} cannot be ${quotedText(name)}: ${fault}` };
  const other = plan.zones.find((one) => one !== zone && plainName(one.id) === plainName(name));
  if (other) return { refused: `there is a zone ${quotedText(other.id)} already` };
  return { plan: planOf(plan.zones.map((one) => (one === zone ? zoneOf({ ...zone, id: name }) : one))), notes: [] };
}

/** Why a text cannot be the name of a zone: it would not be read back from a file; null if it can. */
function nameFault(name) {
  const length = [...name].length;
  if (length > LONGEST_NAME) return `it has ${length} characters, at most ${LONGEST_NAME} fit on maps and slides`;
  if (/^(?:\d(?:\.\d+)?[eE]\+\d+|\d+\.\d+[eE]\d+)$/.test(name)) return "it looks like a number that a spreadsheet has shortened";
  if (!name.trim()) return "it is blank";
  if (name !== name.trim()) return "it has blanks around it";
  if (/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(name)) return "it has characters that cannot be printed";
  const whole = /^(\d+)\.0+$/.exec(name);
  const guarded = /^(?:="(.*)"|'(?=\d)(.*))$/.exec(name);
  const read = guarded ? (guarded[1] ?? guarded[2]).trim() : name;
  const id = (/^(\d+)\.0+$/.exec(read) ?? [])[1] ?? read;
  return whole || guarded ? `it would be read as ${id}` : null;
}

/* Plans that are one step away. */

/** The zones of a plan by position, with what their costs are made of. */
function nearbyPlans(problem, plan) {
  const known = problem.nearKnown.get(plan);
  if (known) return known;
  const zones = plan.zones.filter((zone) => zoneFigures(problem, zone).size);
  const groups = zones.map((zone) => zoneFigures(problem, zone).group);
  const home = new Int32Array(problem.n).fill(-1);
  groups.forEach((group, z) => group.forEach((k) => { home[k] = z; }));
  const longest = zones.map((zone) => zoneFigures(problem, zone).longest_drive_s);
  const { moving, zones: count } = problem.sheet;
  const patrolled = plan.zones.filter((zone) => zone.kind === "patrol").length;
  const matters = moving !== null && (moving.price_s > 0 || moving.most !== null);
  const near = {
    zones, groups, home, longest,
    longestThree: longest.map((_, z) => z).sort((a, b) => longest[b] - longest[a] || a - b).slice(0, 3),
    costs: zones.map((zone) => costOfZone(problem, zoneFigures(problem, zone))),
    allowed: groups.map((group, z) => isAllowed(problem, group, zones[z].school)),
    patrolled,
    oneFewer: count === null || patrolled !== count[0],
    mostMoved: moving?.most ?? Infinity,
    movePrice: moving?.price_s ?? 0,
    shared: matters ? sharedWithToday(problem, groups) : null,
    movedKnown: new Map(),
    moved: 0,
    sums: null,
  };
  if (near.shared) near.moved = countMoved(near.shared.table, near.shared.width);
  problem.nearKnown.set(plan, near);
  return near;
}

function countMoved(table, width) {
  let total = 0;
  const staying = bestMatching(table, width).reduce((sum, column, row) => sum + (column < 0 ? 0 : table[row][column]), 0);
  for (const row of table) for (const count of row) total += count;
  return total - staying;
}

/** Moved buildings after buildings left a zone for another: lists of [building, from, to]. */
function movedAfter(problem, near, changes) {
  const { home } = problem.sheet.today;
  const counted = changes.filter(([b]) => home[b] >= 0);
  if (!counted.length) return near.moved;
  const key = counted.map(([b, from, to]) => `${home[b]} ${from} ${to}`).join(" ");
  if (!near.movedKnown.has(key)) {
    const { table, width } = near.shared;
    for (const [b, from, to] of counted) {
      table[from][home[b]] -= 1;
      table[to][home[b]] += 1;
    }
    near.movedKnown.set(key, countMoved(table, width));
    for (const [b, from, to] of counted) {
      table[from][home[b]] += 1;
      table[to][home[b]] -= 1;
    }
  }
  return near.movedKnown.get(key);
}

function longestElsewhere(near, one, other) {
  const z = near.longestThree.find((k) => k !== one && k !== other);
  return z === undefined ? 0 : near.longest[z];
}

const without = (group, b) => group.filter((k) => k !== b);
const including = (group, b) => [...group, b].sort((x, y) => x - y);

/** The move of a building to another zone, or its exchange with `partner` (-1 for none) of it. */
function changeOf(problem, near, b, target, partner) {
  const old = near.home[b];
  const left = partner < 0 ? without(near.groups[old], b) : including(without(near.groups[old], b), partner);
  const entered = including(partner < 0 ? near.groups[target] : without(near.groups[target], partner), b);
  const oldSchool = schoolAfter(problem, near.zones[old].school, left);
  const newSchool = schoolAfter(problem, near.zones[target].school, entered);
  let cost = costOf(problem, left, oldSchool) + costOf(problem, entered, newSchool) - near.costs[old] - near.costs[target];
  let legal = isAllowed(problem, entered, newSchool)
    && (isAllowed(problem, left, oldSchool) || (partner < 0 && !near.allowed[old]))
    && (left.length > 0 || near.oneFewer);
  let moved = 0;
  if (near.shared) {
    const changes = [[b, old, target]];
    if (partner >= 0) changes.push([partner, target, old]);
    moved = movedAfter(problem, near, changes);
    cost += near.movePrice * (moved - near.moved);
    legal &&= moved <= Math.max(near.mostMoved, near.moved);
  }
  const longest = Math.max(
    longestDrive(problem, left).seconds, longestDrive(problem, entered).seconds, longestElsewhere(near, old, target),
  );
  return { b, old, target, partner, left, entered, oldSchool, newSchool, cost_s: cost, longest_drive_s: longest, moved, legal };
}

function changeKey(problem, change) {
  const cost = problem.isComputed && !Number.isNaN(change.cost_s) ? Math.round(change.cost_s * 1e6) : 0;
  return [Number(!change.legal), problem.isWorst ? change.longest_drive_s : 0, cost];
}

/**
 * The zones that can take a building, best first; a zone that breaks a rule then comes last.
 *
 * `cost_s` is null where it cannot be computed here.
 */
function bestZones(problem, plan, b, count = 8) {
  const near = nearbyPlans(problem, plan);
  const old = near.home[b];
  if (old === undefined || old < 0) return [];
  const found = [];
  near.zones.forEach((zone, target) => {
    if (target === old || zone.kind !== "patrol") return;
    const change = changeOf(problem, near, b, target, -1);
    found.push({ change, key: changeKey(problem, change) });
  });
  found.sort((one, other) => (isBefore(one.key, other.key) ? -1 : isBefore(other.key, one.key) ? 1 : 0));
  return found.slice(0, count).map(({ change }) => ({
    zone_id: near.zones[change.target].id,
    cost_s: problem.isComputed && !Number.isNaN(change.cost_s) ? change.cost_s : null,
    breaks: change.legal ? [] : changeBreaks(problem, near, change),
    longest_drive_s: change.longest_drive_s,
  }));
}

/** The rules that a move breaks, in words. */
function changeBreaks(problem, near, { old, target, left, entered, oldSchool, newSchool, moved }) {
  const changed = [];
  if (left.length && near.allowed[old]) changed.push([near.zones[old], left, oldSchool]);
  changed.push([near.zones[target], entered, newSchool]);
  const parts = changed.map(([zone, group, school]) => (
    { zone, ...zoneBreaches(problem, zone, group, judgedSchool(problem, group, school)) }));
  const told = (zone, items) => items.map((item) => faultText({ ...item, zone_id: zone.id }));
  const faults = [
    ...parts.flatMap(({ zone, sizes }) => told(zone, sizes)),
    ...parts.flatMap(({ zone, alignment }) => told(zone, alignment)),
    ...problem.rules.flatMap((_, r) => parts.flatMap(({ zone, rules }) => (rules[r] ? told(zone, [rules[r]]) : []))),
  ];
  if (!left.length && !near.oneFewer) faults.push(`the plan would have ${countedText(near.patrolled - 1, "patrol zone")}`);
  if (near.shared && moved > near.mostMoved) {
    faults.push(`${countedText(moved, "building")} would have moved, at most ${near.mostMoved}`);
  }
  return faults;
}

/**
 * Dissolve a zone: each of its schools goes to the zone where it costs least without breaking
 * a rule, the cheapest first. `locked` has the `zones` that take none, and `schools` that stay.
 */
function dissolveZone(problem, plan, zone_id, locked = { zones: new Set(), schools: new Set() }) {
  const { zone, refused } = patrolZone(problem, plan, zone_id);
  if (refused) return { refused };
  const fixed = zone.members.map((b) => (locked.schools.has(b) ? `${problem.names[b]} is locked` : fixedReason(problem, plan, b)));
  if (locked.zones.has(zone_id)) return { refused: `${zone_id} is locked` };
  if (fixed.some((reason) => reason)) return { refused: fixed.find((reason) => reason) };
  let now = plan;
  let notes = [];
  for (let left = [...zone.members]; left.length;) {
    const near = nearbyPlans(problem, now);
    let best = null;
    for (const b of left) {
      near.zones.forEach((to, target) => {
        if (target === near.home[b] || to.kind !== "patrol" || locked.zones.has(to.id)) return;
        const change = changeOf(problem, near, b, target, -1);
        const legal = isAllowed(problem, change.entered, change.newSchool);
        const key = changeKey(problem, { ...change, legal });
        if (best === null || isBefore(key, best.key)) best = { key, b, to, legal };
      });
    }
    if (best === null) return { refused: `no zone can take the schools of ${zone_id}` };
    const edited = moveBuildings(problem, now, [best.b], best.to.id);
    const why = best.legal ? [] : [`no zone can take ${problem.names[best.b]} without breaking a rule: it is in ${best.to.id} now`];
    notes = [...notes, ...why, ...edited.notes.filter((note) => !note.startsWith(`${zone_id} is `))];
    now = edited.plan;
    left = left.filter((b) => b !== best.b);
  }
  return { plan: now, notes };
}

/* What a zone costs after one building left or came, from sums over the zone: at most that. */

/** For each pair of buildings, what their calls wait for an officer who is at the other. */
function pairTable(problem) {
  if (problem.pairs) return problem.pairs;
  const { n, seconds, calls, presence } = problem;
  problem.pairs = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      problem.pairs[a * n + b] = calls[a] * presence[b] * seconds[b * n + a] + calls[b] * presence[a] * seconds[a * n + b];
    }
  }
  return problem.pairs;
}

/** Sums over the zones of a plan, from which `leastCost` of a changed zone takes a few steps. */
function zoneSums(problem, near) {
  if (near.sums) return near.sums;
  const { n, presence, isStation } = problem;
  const { schools, withFeeder, misaligned } = problem;
  const pairs = isStation ? null : pairTable(problem);
  const sums = near.groups.map((group, z) => {
    const h = problem.schoolNumbers.get(near.zones[z].school) ?? -1;
    const feeds = (k) => withFeeder[k] > misaligned[k * schools.length + h];
    const withEach = new Float64Array(isStation ? 0 : n);
    let inside = 0;
    for (const a of isStation ? [] : group) {
      for (let b = 0; b < n; b++) withEach[b] += pairs[a * n + b];
      for (const b of group) if (b < a) inside += pairs[a * n + b];
    }
    return {
      h, withEach, inside,
      shares: group.reduce((sum, k) => sum + presence[k], 0),
      outside: h < 0 ? 0 : outsideOf(problem, group, h),
      fed: h < 0 ? 0 : group.filter(feeds).length,
      loads: problem.zoneCosts.map((cost) => (cost.kind === "Imbalance" ? sumOf(problem, cost.column, group) : 0)),
    };
  });
  near.sums = sums;
  return sums;
}

/** At most what a zone costs after `out` left it and `into` came (-1 for none). */
function leastCost(problem, near, z, out, into) {
  const group = near.groups[z];
  const sums = near.sums[z];
  const size = group.length - Number(out >= 0) + Number(into >= 0);
  if (!size) return 0;
  let total = problem.isStation ? leastWait(problem, group, out, into) : leastPatrol(problem, sums, out, into);
  const { charge_s: price } = problem.sheet.alignment;
  const { h } = sums;
  if (price && h >= 0) {
    const { withFeeder, misaligned, schools } = problem;
    const outside = (k) => (k < 0 ? 0 : misaligned[k * schools.length + h]);
    const feeds = (k) => (k < 0 ? 0 : Number(withFeeder[k] > outside(k)));
    // With another high school, fewer schools may be outside.
    if (sums.fed - feeds(out) + feeds(into) > 0) total += price * (sums.outside - outside(out) + outside(into));
  }
  problem.zoneCosts.forEach((cost, c) => {
    if (cost.kind !== "Imbalance") return; // a round trip is at least 0
    const values = problem.sheet.columns[cost.column];
    const load = sums.loads[c] - (out < 0 ? 0 : values[out]) + (into < 0 ? 0 : values[into]);
    total += cost.price_s * Math.abs(load / cost.mean - 1);
  });
  return total;
}

function leastPatrol(problem, sums, out, into) {
  const { n, presence, pairs } = problem;
  let { inside, shares } = sums;
  if (out >= 0) {
    inside -= sums.withEach[out];
    shares -= presence[out];
  }
  if (into >= 0) {
    inside += sums.withEach[into] - (out < 0 ? 0 : pairs[out * n + into]);
    shares += presence[into];
  }
  return inside / shares;
}

function leastWait(problem, group, out, into) {
  const { n, seconds, calls } = problem;
  let least = Infinity;
  const wait = (post) => {
    let total = into < 0 ? 0 : seconds[post * n + into] * calls[into];
    for (const k of group) if (k !== out) total += seconds[post * n + k] * calls[k];
    if (total < least) least = total;
  };
  for (const post of group) if (post !== out) wait(post);
  if (into >= 0) wait(into);
  return least;
}

/**
 * The best moves and swaps from here that break no further rule, best first: a generator that
 * yields now and then, so that the page can answer, and returns
 * [{kind, buildings, to, cost_s, longest_drive_s}].
 *
 * None is left out but those that cost more than `count` others: a step is looked at closely
 * only if the least that it can cost is below them.
 */
function* bestSteps(problem, plan, { lockedZones = new Set(), lockedSchools = new Set(), count = 3 } = {}) {
  if (!problem.isComputed) return [];
  const near = nearbyPlans(problem, plan);
  zoneSums(problem, near);
  const [low, high] = problem.sheet.sizes;
  const isFixed = near.zones.map((zone) => zone.kind !== "patrol" || lockedZones.has(zone.id));
  const isFree = (b) => near.home[b] >= 0 && !isFixed[near.home[b]] && !lockedSchools.has(b);
  const free = Array.from({ length: problem.n }, (_, b) => b).filter(isFree);
  const best = [];
  let until = performance.now() + SLICE_MS;
  let looked = 0;
  const isLate = () => (looked++ % 32 ? false : performance.now() > until);
  const offer = (b, target, partner) => {
    const old = near.home[b];
    if (best.length === count) {
      // A building that goes changes the number of moved ones by one at most.
      const back = near.shared ? near.movePrice * (partner < 0 ? 1 : 2) : 0;
      const least = leastCost(problem, near, old, b, partner) + leastCost(problem, near, target, partner, b)
        - near.costs[old] - near.costs[target] - back;
      const longest = problem.isWorst ? longestElsewhere(near, old, target) : 0;
      if (!isBefore([0, longest, Math.floor(least * 1e6) - 1], best[count - 1].key)) return;
    }
    const change = changeOf(problem, near, b, target, partner);
    if (!change.legal || Number.isNaN(change.cost_s)) return;
    const key = changeKey(problem, change);
    let at = best.length;
    while (at > 0 && isBefore(key, best[at - 1].key)) at--;
    best.splice(at, 0, { key, change });
    best.length = Math.min(best.length, count);
  };
  for (const b of free) {
    const old = near.home[b];
    const left = near.groups[old].length - 1;
    if (near.allowed[old] && left < low && (left > 0 || !near.oneFewer)) continue;
    for (let target = 0; target < near.zones.length; target++) {
      if (target === old || isFixed[target] || near.groups[target].length >= high) continue;
      offer(b, target, -1);
      if (isLate()) {
        yield;
        until = performance.now() + SLICE_MS;
      }
    }
  }
  for (let k = 0; k < free.length; k++) {
    for (let m = k + 1; m < free.length; m++) {
      if (near.home[free[k]] !== near.home[free[m]]) offer(free[k], near.home[free[m]], free[m]);
      if (isLate()) {
        yield;
        until = performance.now() + SLICE_MS;
      }
    }
  }
  return best.map(({ change }) => ({
    kind: change.partner < 0 ? "move" : "swap",
    buildings: change.partner < 0 ? [change.b] : [change.b, change.partner],
    to: near.zones[change.target].id,
    cost_s: change.cost_s,
    longest_drive_s: change.longest_drive_s,
  }));
}
