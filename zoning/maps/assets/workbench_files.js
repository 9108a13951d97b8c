"use strict";
/* Files of the workbench: a plan as `write_plan` writes it, to the byte, the log of edits, and one
   file with everything for another computer. */

const EVERYTHING_FORMAT = "zoning workbench";
const CSV_TYPE = "text/csv;charset=utf-8";
const JSON_TYPE = "application/json";

/* What Python calls white space; JavaScript's \s differs in five characters. */
const BLANK = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
/* Where a spreadsheet may take text for a formula, as in schools/cells.py. */
const FORMULA = `^(?='*[=+\\-@\\t\\r\\n＝＋－＠])|(?<=[;\\t\\r\\n])(?=[${BLANK}"']*[=+\\-@＝＋－＠])`;

/** Text for a cell that no spreadsheet runs as a formula. */
function guarded(text) {
  return text.replace(new RegExp(FORMULA, "gu"), "'");
}

/** Undo `guarded`. */
function unguarded(text) {
  return text.replace(new RegExp(`(?:${FORMULA})'`, "gu"), "");
}

function csvLine(cells) {
  return `${cells.map((cell) => {
    if (cell === null) return "";
    if (typeof cell === "number") return String(cell);
    const text = guarded(cell);
    return /[,;\t"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",")}\n`;
}

/** The rows of a plan as text by column, zone by zone, buildings by id. */
function planRows(sheet, plan) {
  const several = plan.zones.some((zone) => zone.officers !== 1);
  return plan.zones.flatMap((zone) => [...zone.members]
    .sort((a, b) => byCodePoint(sheet.building_ids[a], sheet.building_ids[b]))
    .map((b) => ({
      place: sheet.points[b],
      cells: {
        building_id: sheet.building_ids[b],
        zone_id: zone.id,
        high_school_id: zone.school,
        kind: zone.kind,
        ...(several ? { zone_officers: String(zone.officers) } : {}),
        name: sheet.building_names[b],
      },
    })));
}

/** The bytes of plan.csv, as text. */
function planCsv(sheet, plan) {
  const rows = planRows(sheet, plan);
  return [Object.keys(rows[0].cells), ...rows.map(({ cells }) => Object.values(cells))].map(csvLine).join("");
}

/** The bytes of plan.geojson, as text: one point a building. */
function planGeojson(sheet, plan) {
  const features = planRows(sheet, plan).map(({ place, cells }) => [
    "  {",
    '   "type": "Feature",',
    '   "properties": {',
    Object.entries(cells).map(([name, value]) => `    "${name}": ${JSON.stringify(value)}`).join(",\n"),
    "   },",
    '   "geometry": {',
    '    "type": "Point",',
    '    "coordinates": [',
    place.map((degrees) => `     ${pythonFloat(degrees)}`).join(",\n"),
    "    ]",
    "   }",
    "  }",
  ].join("\n"));
  return ["{", ' "type": "FeatureCollection",', ' "name": "zone_plan",', ' "features": [', features.join(",\n"), " ]", "}", ""].join("\n");
}

/** A number as Python writes it: 85.0, -0.0, 1e-07. */
function pythonFloat(value) {
  if (Number.isInteger(value)) return `${Object.is(value, -0) ? "-0" : value}.0`;
  if (Math.abs(value) >= 1e-4) return String(value);
  const [digits, exponent] = value.toExponential().split("e-");
  return `${digits}e-${exponent.padStart(2, "0")}`;
}

/** The log of edits as a table; a change is in seconds, as everything inside is. Changes of the
    objective tell of travel times, so each row names its edition as the library's tables do. */
function logCsv(log) {
  const names = ["step", "edit", "reason", "objective_change_s", "edition"];
  const rows = log.map(({ text, reason, change_s }, k) => [k + 1, text, reason, change_s === null ? null : Number(change_s.toFixed(3)), "restricted"]);
  return [names, ...rows].map(csvLine).join("");
}

/** What is open and every plan that was kept, to be carried to another computer. */
function everythingJson(sheet, state) {
  const everything = {
    format: EVERYTHING_FORMAT,
    version: 1,
    mark: sheet.mark,
    fingerprint: sheet.fingerprint,
    study: sheet.study,
    open: state.record("Open when the file was written"),
    kept: state.kept.map(({ record }) => record),
  };
  return `${JSON.stringify(everything, null, 1)}\n`;
}

/**
 * The plans of a file that `everythingJson` wrote, the open one first: `{records}`, or
 * `{headline, faults, remedy}`. Null if the text is no such file, but perhaps a plan.
 */
function readEverything(name, text) {
  let content = null;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return null;
  }
  if (content === null || content.format !== EVERYTHING_FORMAT) return null;
  const records = [content.open, ...(Array.isArray(content.kept) ? content.kept : [null])].map(readRecord);
  const faulty = records.flatMap((record, k) => (record ? [] : [k ? `kept plan ${k} is not whole` : "the plan that was open is not whole"]));
  if (content.version !== 1) faulty.unshift("it was written by another version of the workbench");
  if (!faulty.length) return { records };
  return { headline: `${name} cannot be read`, faults: faulty, remedy: "Write it again where it came from; nothing was read." };
}

/** Why a plan would not be read back as it is, as `write_plan` says; empty if it would. */
function planFaults(sheet, plan) {
  const ids = [
    ...plan.zones.map(({ id }) => ["zone_id", id]),
    ...plan.zones.flatMap(({ members }) => members.map((b) => ["building_id", sheet.building_ids[b]])),
    ...plan.zones.filter(({ school }) => school !== null).map(({ school }) => ["high_school_id", school]),
  ];
  const faults = ids.flatMap(([column, text]) => {
    const why = textFault(text);
    return why ? [`${column} ${quotedText(text)}: ${why}`] : [];
  });
  const alike = new Map();
  plan.zones.forEach(({ id }) => alike.set(plainName(id), [...(alike.get(plainName(id)) || []), id]));
  [...alike.values()].filter((same) => same.length > 1).forEach((same) => {
    faults.push(`zone ids differ only by case or blanks: ${same.map(quotedText).join(", ")}`);
  });
  return [...new Set(faults)];
}

/** Hand text to the reader as a file. */
function download(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser reads it after this task.
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
