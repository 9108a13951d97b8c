"use strict";
/* Reads a plan from a file, as `read_plan` does: the same
   names of columns, the same repairs, and every fault at once in the same words. It reads CSV and
   GeoJSON; of other files it says how to bring them here. */

/** As in zoning/inputs.py: more rows than any state has schools, and Excel's longest cell. */
const MOST_ROWS = 20000;
const LONGEST_CELL = 32767;
/** 20,000 rows of 2 KB. The library reads more, but a page that does stands still. */
const LARGEST_FILE_BYTES = 50 * 2 ** 20;
const HEAD_LINES = 20;
const MIN_NAMES = 3;
const SENTENCE_LENGTH = 20;
/** Metres from its building at which a point is a fault, as `MOVED_M`. */
const MOVED_M = 1000;

const PLAN_COLUMNS = {
  building_id: ["building_id", "building", "campus_id", "school_id", "building_name", "school_name", "school", "name"],
  zone_id: ["zone_id", "zone", "zone_name"],
  zone_name: ["zone_name"],
  high_school_id: ["high_school_id", "high_school", "high_school_name"],
  kind: ["kind"],
  zone_officers: ["zone_officers"],
};
const ONE_ROW = "Give one row a building.";
const CORRECT_THESE = "Correct these in the file; nothing was read.";
const CHECK_FILE = "Check that the file is whole and is what its ending says.";
/** What the first bytes of files say that are no plan. */
const FILE_KINDS = [
  ["PK\x03\x04", "a zip archive or an office file"],
  ["\xd0\xcf\x11\xe0", "an old Excel or Access file"],
  ["%PDF", "a PDF"],
  ["SQLite format 3\0", "a database (SQLite)"],
  ["\0\0\x27\x0a", "a Shapefile"],
  ["\x1f\x8b", "packed (gzip)"],
  ["BZh", "packed (bzip2)"],
  ["version https://git-lfs", "a pointer to a file in Git LFS"],
  ["\x89PNG", "a picture (PNG)"],
  ["\xff\xd8\xff", "a picture (JPEG)"],
  ["GIF8", "a picture (GIF)"],
];

/** What is wrong with a whole file. */
class Unreadable extends Error {
  constructor(headline, faults = [], remedy = "") {
    super(headline);
    Object.assign(this, { headline, faults, remedy });
  }
}

/**
 * Read a plan from the bytes of a file: `{plan, notes}`, or `{headline, faults, remedy}` with
 * every fault and where it is. Nothing of a faulty file is used.
 */
function readPlanFile(sheet, name, bytes) {
  try {
    return planOfTable(sheet, readPlanTable(name, bytes));
  } catch (error) {
    if (error instanceof Unreadable) return { headline: error.headline, faults: error.faults, remedy: error.remedy };
    throw error;
  }
}

/* Text as Python has it. */

function strip(text) {
  return text.replace(new RegExp(`^[${BLANK}]+|[${BLANK}]+$`, "g"), "");
}

/** Text of a cell, null if it is empty; a whole number of a GIS is an id. */
function asId(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  let text = strip(String(value));
  const guard = /^(?:="([^\n]*)"|'(?=\p{Nd})([^\n]*))$/u.exec(text);
  if (guard) text = strip(guard[1] || guard[2] || "");
  const whole = /^([0-9]+)\.0+$/.exec(text);
  return whole ? whole[1] : text || null;
}

function isShortened(text) {
  return /^(?:[0-9](?:\.[0-9]+)?[eE]\+[0-9]+|[0-9]+\.[0-9]+[eE][0-9]+)$/.test(text);
}

/** Why a cell cannot be an id; null if it can. */
function idFault(value) {
  if (typeof value === "boolean") return `${value ? "True" : "False"} is not text`;
  if (value !== null && typeof value === "object") return `${JSON.stringify(value)} is not text`;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return `${value} is too long a number: save ids as text`;
  const text = asId(value);
  if (text !== null && isShortened(text)) {
    return `${text} was shortened by a spreadsheet: format the column as text and save it again`;
  }
  return null;
}

/** Why a name would not be read back from a file as it is; null if it would. */
function textFault(text) {
  if (!strip(text)) return "it is blank";
  if (text !== strip(text)) return "it has blanks around it";
  if (/[\p{C}\p{Z}]/u.test(text.replaceAll(" ", ""))) return "it has characters that cannot be printed";
  if (isShortened(text)) return "it looks like a number that a spreadsheet has shortened";
  return asId(text) === text ? null : `it would be read as ${asId(text)}`;
}

/* From bytes to a table: {source, columns, cells, where, points, faults, notices}. */

function readPlanTable(name, bytes) {
  const ending = (/\.[^.]*$/.exec(name) || [""])[0].toLowerCase();
  const head = Array.from(bytes.subarray(0, 64), (byte) => String.fromCharCode(byte)).join("");
  if (!bytes.length) throw new Unreadable(`${name} is empty`, [], ONE_ROW);
  if (bytes.length > LARGEST_FILE_BYTES) {
    throw new Unreadable(`${name} is too large: at most ${LARGEST_FILE_BYTES / 2 ** 20} MB are read here`, [], "Leave out what is not of the district.");
  }
  const kind = FILE_KINDS.find(([mark]) => head.startsWith(mark));
  if (/^\.(xlsx|xlsm|xls|ods)$/.test(ending)) {
    throw new Unreadable(`${name} is a workbook, which this page cannot read`, [], "Open it, and save the sheet with the plan as CSV.");
  }
  if (kind) throw new Unreadable(`${name} cannot be read`, [`it is no table of text but ${kind[1]}`], CHECK_FILE);
  if (ending === ".csv") return csvTable(name, bytes);
  if (ending === ".geojson" || ending === ".json") return geojsonTable(name, bytes);
  throw new Unreadable(
    `${name}: a plan cannot be read here from a file ending in ${quotedText(ending || "nothing")}`,
    [],
    "Save the plan as .csv or .geojson; other formats are read by zoning check STUDY --plan FILE.",
  );
}

function decoded(name, bytes) {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe && "utf-16le") || (bytes[0] === 0xfe && bytes[1] === 0xff && "utf-16be");
  const notices = [];
  let text;
  try {
    text = new TextDecoder(wide || "utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (wide) throw new Unreadable(`${name} cannot be read`, ["it is not text in UTF-8 or Windows-1252"], "Save it as CSV UTF-8.");
    text = new TextDecoder("windows-1252").decode(bytes);
    notices.push("not UTF-8: read as Windows-1252, as Excel saves CSV");
  }
  if (text.includes("\0")) throw new Unreadable(`${name} cannot be read`, ["it is not text in UTF-8 or Windows-1252: it has NUL bytes"], CHECK_FILE);
  const start = text.trimStart();
  if (start.startsWith("<")) {
    const what = /^(<!doctype html|<html)/i.test(start) ? "a web page" : "XML";
    throw new Unreadable(`${name} cannot be read`, [`it is no table of text but ${what}`], CHECK_FILE);
  }
  return { text, notices };
}

function csvTable(name, bytes) {
  const { text: all, notices } = decoded(name, bytes);
  let text = all;
  let skipped = 0;
  const end = text.indexOf("\n");
  const named = /^sep=([^\n])$/iu.exec(strip(end < 0 ? text : text.slice(0, end)));
  let separator;
  if (named) {
    [, separator] = named;
    text = end < 0 ? "" : text.slice(end + 1);
    skipped = 1;
  } else {
    const lines = text.split(/\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]/u, HEAD_LINES);
    const line = lines.find((one) => /[,;\t]/.test(one)) || "";
    const count = (mark) => line.split(mark).length;
    separator = [",", ";", "\t"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
  }
  const { rows, lines } = csvRows(name, text, separator, skipped);
  const filled = rows.slice(0, HEAD_LINES).map((row) => row.filter((cell) => strip(cell)).length);
  const wide = filled.findIndex((count) => count >= MIN_NAMES);
  const top = !filled.length || filled[0] > 1 || wide < 0 ? 0 : wide;
  if (top) notices.push(`${top} ${top === 1 ? "line" : "lines"} above the names of the columns left out`);
  const header = rows.length ? rows[top].map(strip) : [];
  const below = linesBelow(rows.slice(top + 1), header.length);
  if (below) notices.push(`${below} ${below === 1 ? "line" : "lines"} below the table left out`);
  const body = rows.slice(top + 1, rows.length - below).map((row) => {
    let width = row.length;
    while (width > header.length && !strip(row[width - 1])) width -= 1;
    return row.slice(0, width);
  });
  const where = lines.slice(top + 1, rows.length - below).map((line) => `row ${line}`);
  if (body.length > MOST_ROWS) throw tooManyRows(name, body.length);
  const cells = new Map(header.flatMap((column, k) => (column ? [[column, body.map((row) => (k < row.length ? row[k] : null))]] : [])));
  const faults = body.flatMap((row, k) => (row.length === header.length ? [] : [[k, `${row.length} cells, but the header has ${header.length}`]]));
  return { source: name, columns: header, cells, where, points: null, faults, notices, isCsv: true };
}

function tooManyRows(name, count) {
  return new Unreadable(`${name} has ${commasText(count)} rows, and at most ${commasText(MOST_ROWS)} are read: the largest state has half as many schools`, [], "Keep the rows of the district.");
}

/** Rows of text in quotes or not, with the line on which each begins; empty lines are left out. */
function csvRows(name, text, separator, skipped) {
  const rows = [];
  const lines = [];
  let [row, cell, begun, quoted] = [[], "", 1 + skipped, false];
  let line = 1 + skipped;
  let started = false; // whether the cell has begun
  const fail = (why) => new Unreadable(`${name} cannot be read`, [`row ${begun}: ${why}`], "Check the quotes there.");
  const close = () => {
    row.push(cell);
    [cell, started] = ["", false];
  };
  const finish = () => {
    if (row.length || cell || started) close();
    if (row.some((one) => strip(one)) || !rows.length) {
      rows.push(row);
      lines.push(begun);
    }
    [row, begun] = [[], line];
  };
  for (let k = 0; k < text.length; k++) {
    const c = text[k];
    const isEnd = c === "\n" || c === "\r";
    if (isEnd && !(c === "\r" && text[k + 1] === "\n")) line += 1;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[k + 1] === '"') [cell, k] = [`${cell}"`, k + 1];
      else {
        quoted = false;
        const next = text[k + 1];
        if (next !== undefined && next !== separator && next !== "\n" && next !== "\r") throw fail(`'${separator}' expected after '"'`);
      }
    } else if (c === separator) close();
    else if (isEnd) {
      if (c === "\r" && text[k + 1] === "\n") {
        k += 1;
        line += 1;
      }
      finish();
    } else if (c === '"' && !started) [quoted, started] = [true, true];
    else [cell, started] = [cell + c, true];
    // After a separator another cell follows, though it may be empty.
    if (!quoted && c === separator && k === text.length - 1) close();
  }
  if (quoted) throw fail("unexpected end of data");
  if (row.length || cell || started) finish();
  return { rows, lines };
}

/** How many of the last lines are a source or a legend, not rows of the table. */
function linesBelow(rows, width) {
  let count = 0;
  while (count < rows.length) {
    const row = rows[rows.length - 1 - count];
    const [first, ...others] = row.map(strip);
    const isSentence = first.includes(" ") && Array.from(first).length >= SENTENCE_LENGTH;
    const isLegend = isSentence && (row.length < width || !others.some((cell) => cell));
    if (width < MIN_NAMES || !(row.length === 1 || isLegend)) break;
    count += 1;
  }
  return count;
}

function geojsonTable(name, bytes) {
  const { text } = decoded(name, bytes);
  let content;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new Unreadable(`${name} cannot be read`, [error.message], CHECK_FILE);
  }
  const object = (parent, key) => {
    const value = parent !== null && typeof parent === "object" ? parent[key] : null;
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
  };
  const top = object({ content }, "content");
  if (top.exceededTransferLimit || object(top, "properties").exceededTransferLimit) {
    throw new Unreadable(`${name} cannot be read`, ["it is one page of a longer answer of a map server (exceededTransferLimit)"], "Ask for the other pages too, or download the whole layer.");
  }
  const { features } = top;
  if (!Array.isArray(features) || !features.every((one) => one !== null && typeof one === "object" && !Array.isArray(one))) {
    throw new Unreadable(`${name} cannot be read`, ["it is JSON, but not a GeoJSON FeatureCollection"], CHECK_FILE);
  }
  if (features.length > MOST_ROWS) throw tooManyRows(name, features.length);
  if (features.some((feature) => "attributes" in feature)) {
    throw new Unreadable(`${name} is Esri JSON, which this page cannot read`, [], "Save it as GeoJSON, or use zoning check STUDY --plan FILE.");
  }
  const rows = features.map((one) => new Map([...("id" in one ? [["id", one.id]] : []), ...Object.entries(object(one, "properties"))]));
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const faults = [];
  const points = features.map((one, k) => {
    const { geometry } = one;
    if (geometry === null || geometry === undefined) return null;
    const { type, coordinates } = object(one, "geometry");
    const spot = type === "MultiPoint" && Array.isArray(coordinates) && coordinates.length === 1 ? coordinates[0] : coordinates;
    if (type === "Polygon" || type === "MultiPolygon") return type;
    if (type !== "Point" && spot === coordinates) faults.push([k, `it is a ${type}, neither a point nor a polygon`]);
    else if (!Array.isArray(spot) || spot.length < 2 || !spot.slice(0, 2).every(Number.isFinite)) faults.push([k, "the geometry is not valid GeoJSON"]);
    else return spot;
    return null;
  });
  if (points.some((point) => typeof point === "string")) {
    throw new Unreadable(`${name} has polygons, and this page reads one row or point a building`, [], "To find the schools in each area, use zoning check STUDY --plan FILE; it writes the plan as a table.");
  }
  const notices = [];
  const crs = object(object(top, "crs"), "properties").name;
  let places = points;
  if (crs !== undefined && !/^(urn:ogc:def:crs:(OGC:[0-9.]*:CRS84|EPSG:[0-9.]*:4326)|EPSG:4326|OGC:CRS84)$/i.test(String(crs))) {
    notices.push(`points are not compared with the buildings, as they are in ${crs}`);
    places = points.map(() => null);
  }
  const far = places.find((spot) => spot && (Math.abs(spot[0]) > 180 || Math.abs(spot[1]) > 90));
  if (far) {
    throw new Unreadable(`${name} does not say which coordinate system it is in`, [`its coordinates are not degrees, for example ${far[0]}, ${far[1]}`], "Set the coordinate system of the layer in the GIS and save it again.");
  }
  return {
    source: name,
    columns,
    cells: new Map(columns.map((column) => [column, rows.map((row) => (row.has(column) ? row.get(column) : null))])),
    where: features.map((_, k) => `feature ${k + 1}`),
    points: places,
    faults,
    notices,
    isCsv: false,
  };
}

/* From a table to a plan. */

/** Cells under our names of columns. */
function namedCells(table) {
  const plain = (column) => column.toLowerCase().replace(/[^a-z0-9]/g, "");
  const found = {};
  const faults = [];
  for (const [ours, theirs] of Object.entries(PLAN_COLUMNS)) {
    const name = theirs.find((one) => table.columns.some((column) => plain(column) === plain(one)));
    if (name === undefined) continue;
    const matches = table.columns.filter((column) => plain(column) === plain(name));
    if (matches.length > 1) faults.push(`columns ${matches.map(quotedText).join(", ")} could each be ${ours}`);
    [found[ours]] = matches;
  }
  if (faults.length) throw new Unreadable(`${table.source} cannot be read`, faults, "Rename or remove all but one.");
  if (found.zone_name === found.zone_id) delete found.zone_name;
  const cells = Object.fromEntries(Object.entries(found).map(([ours, theirs]) => [ours, table.cells.get(theirs)
    .map((cell) => (table.isCsv && cell !== null ? unguarded(cell) : cell))]));
  const long = Object.entries(cells).flatMap(([ours, column]) => column.flatMap((cell, row) => {
    const length = typeof cell === "string" ? Array.from(cell).length : 0;
    return length > LONGEST_CELL ? [`${table.where[row]}: ${ours} has ${commasText(length)} characters; at most ${commasText(LONGEST_CELL)} are read`] : [];
  }));
  if (long.length) throw new Unreadable(`${table.source} cannot be read`, long.slice(0, 10), "Shorten these.");
  return cells;
}

function planOfTable(sheet, table) {
  if (!table.where.length) throw new Unreadable(`${table.source} is empty`, [], ONE_ROW);
  const cells = namedCells(table);
  const faults = [...table.faults];
  const notes = [...table.notices];
  const add = (row, text) => faults.push([row, text]);
  const texts = cellTexts(table, cells, add);
  const known = schoolWords(sheet);
  for (const [column, what] of [["building_id", "buildings"], ["high_school_id", "high schools"]]) {
    const how = { name: 0, zeros: 0 };
    texts[column] = texts[column].map((text) => {
      const found = text === null ? null : known.find(text);
      if (!found || found.id === undefined || found.way === "id") return text;
      how[found.way] += 1;
      return found.id;
    });
    if (how.name) notes.push(`${commasText(how.name)} ${what} given by name`);
    if (how.zeros) notes.push(`${commasText(how.zeros)} ${what} without the leading zeros of their ids`);
  }
  const isDate = (text) => /^([0-9]{1,2}-[A-Za-z]{3}(-[0-9]{2,4})?|[0-9]{1,2}\/[0-9]{1,2}\/[0-9]{2,4})$/.test(text);
  const dates = [...new Set(texts.zone_id.filter((text) => text !== null && isDate(text)))];
  if (dates.length) notes.push(`zone ids that a spreadsheet may have made dates of: ${fewText(dates)}`);
  spelledTwice(table, texts.zone_id, cells.zone_id, add);
  const zones = zoneNames(table, texts, add);
  if (zones.some((zone, row) => zone !== texts.zone_id[row])) notes.push("zones are called by their zone_name, not by their zone_id");
  const kinds = texts.kind.map((text, row) => {
    const kind = text === null ? "patrol" : text.toLowerCase();
    if (kind === "patrol" || kind === "dedicated") return kind;
    add(row, `kind ${quotedText(text)} is neither patrol nor dedicated`);
    return "patrol";
  });
  const officers = texts.zone_officers.map((text, row) => officerCount(text, kinds[row], (why) => add(row, why)));
  knownHighSchools(sheet, table, texts.high_school_id, add);
  sameInZone(table, zones, "high_school_id", texts.high_school_id, add);
  sameInZone(table, zones, "kind", kinds, add);
  sameInZone(table, zones, "zone_officers", officers.map(String), add);
  const members = "building_id" in cells ? assigned(sheet, table, texts.building_id, zones, known, add) : null;
  if (members) {
    const homeless = sheet.building_ids.filter((_, b) => !members.has(b));
    if (homeless.length) add(null, `buildings of the district that are in no zone: ${fewText(homeless)}`);
  }
  if (faults.length) {
    const rows = faults.filter(([row]) => row !== null).sort((a, b) => a[0] - b[0]).map(([row, text]) => [table.where[row], text]);
    const lines = [...groupByKind(rows), ...faults.filter(([row]) => row === null).map(([, text]) => text)];
    throw new Unreadable(`${table.source} has ${faults.length === 1 ? "1 fault" : `${commasText(faults.length)} faults`}`, lines, CORRECT_THESE);
  }
  const plan = planOf([...new Set(zones)].map((zone) => {
    const row = zones.indexOf(zone);
    return {
      id: zone,
      school: texts.high_school_id[row],
      members: [...members].filter(([, home]) => home === zone).map(([b]) => b),
      kind: kinds[row],
      officers: officers[row],
    };
  }));
  return { plan, notes };
}

function cellTexts(table, cells, add) {
  const texts = {};
  for (const column of ["building_id", "zone_id", "high_school_id", "kind", "zone_officers", "zone_name"]) {
    const needed = column === "building_id" || column === "zone_id";
    if (!(column in cells)) {
      texts[column] = table.where.map(() => null);
      if (needed) add(null, `there is no column ${column}; the file has ${table.columns.join(", ") || "no columns"}`);
      continue;
    }
    texts[column] = cells[column].map((cell, row) => {
      const fault = idFault(cell);
      if (fault) add(row, `${column} ${fault}`);
      else if (needed && asId(cell) === null) add(row, `no ${column}`);
      return fault ? null : asId(cell);
    });
  }
  return texts;
}

/** Rows by value by key; rows without a key are left out. */
function grouped(keys, values) {
  const found = new Map();
  keys.forEach((key, row) => {
    if (key === null) return;
    if (!found.has(key)) found.set(key, new Map());
    const ways = found.get(key);
    ways.set(values[row], [...(ways.get(values[row]) || []), row]);
  });
  return found;
}

/** The first few rows for a message: `rows 2, 5, 9`. */
function listRows(table, rows) {
  const [noun] = table.where[rows[0]].split(" ");
  const numbers = fewText(rows.map((row) => table.where[row].split(" ")[1]), 5);
  return `${noun}${rows.length > 1 ? "s" : ""} ${numbers}`;
}

function spelledTwice(table, zones, given, add) {
  const folded = zones.map((zone) => (zone === null ? null : plainName(zone)));
  for (const ways of grouped(folded, (given || zones).map(String)).values()) {
    if (ways.size < 2) continue;
    const listed = [...ways].map(([way, rows]) => `${quotedText(way)} (${listRows(table, rows)})`).join(" and ");
    add(null, `zone ids that differ only by case or blanks: ${listed}`);
  }
}

/** Each zone by the one zone_name that its rows give, if any; else by its id. */
function zoneNames(table, texts, add) {
  const names = new Map();
  for (const [zone, ways] of grouped(texts.zone_id, texts.zone_name)) {
    const given = [...ways.keys()].filter((name) => name !== null);
    if (given.length > 1) {
      sameInZone(table, texts.zone_id, "zone_name", texts.zone_name, add);
      return texts.zone_id;
    }
    names.set(zone, given.length ? given[0] : zone);
  }
  const zones = [...names.keys()];
  for (const same of grouped([...names.values()].map(plainName), zones).values()) {
    const alike = [...same.keys()];
    if (alike.length > 1 && alike.some((zone) => names.get(zone) !== zone)) {
      add(null, `zones ${alike.map(quotedText).join(" and ")} would both be called ${quotedText(names.get(alike[0]))}`);
    }
  }
  return texts.zone_id.map((zone) => (zone === null ? null : names.get(zone)));
}

function officerCount(text, kind, fault) {
  if (text === null) return 1;
  const count = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1) fault(`zone_officers ${quotedText(text)} is not a whole number of 1 or more`);
  else if (count > 1 && kind !== "dedicated") fault(`zone_officers ${quotedText(text)} is of a patrol zone, which has one officer`);
  else return count;
  return 1;
}

function knownHighSchools(sheet, table, texts, add) {
  const high = new Set(sheet.schools.filter((school) => school.high).map((school) => school.id));
  const level = new Map(sheet.schools.map((school) => [school.id, school.level]));
  for (const [text, ways] of grouped(texts, texts)) {
    if (high.has(text)) continue;
    const what = level.has(text) ? `a school of level ${level.get(text)}` : "no known school";
    add(null, `high_school_id ${quotedText(text)} (${listRows(table, ways.get(text))}) is ${what}`);
  }
}

function sameInZone(table, zones, column, texts, add) {
  for (const [zone, ways] of grouped(zones, texts)) {
    if (ways.size < 2) continue;
    const listed = [...ways].map(([text, rows]) => `${text || "none"} (${listRows(table, rows)})`).join(", ");
    add(null, `zone ${quotedText(zone)} has more than one ${column}: ${listed}`);
  }
}

/** The zone of each building number that a row names. */
function assigned(sheet, table, ids, zones, known, add) {
  const first = new Map();
  const named = new Map();
  ids.forEach((given, row) => {
    if (given === null) return;
    if (named.has(given)) {
      const before = named.get(given);
      add(row, `building ${quotedText(given)} is named again, in ${quoted(zones[row])}: ${table.where[before]} has it in ${quoted(zones[before])}`);
      return;
    }
    named.set(given, row);
    const b = known.buildingOf.get(given);
    if (b === undefined) {
      add(row, unknownBuilding(sheet, given, known));
      return;
    }
    const away = table.points && table.points[row] ? metresAway(sheet, table.points[row], b) : 0;
    if (away > MOVED_M) add(row, `the point is ${commasText(fixedText(away / 1000, 1))} km from building ${quotedText(sheet.building_ids[b])}`);
    if (!first.has(b)) first.set(b, row);
    const other = first.get(b);
    if (zones[row] !== null && zones[other] !== null && zones[row] !== zones[other]) {
      add(row, `${quotedText(given)} is in ${quotedText(zones[row])}, but ${quotedText(ids[other])}, which is on its campus, is in ${quotedText(zones[other])} (${table.where[other]}): a campus is one building`);
    }
  });
  return new Map([...first].map(([b, row]) => [b, zones[row]]));
}

function quoted(text) {
  return text === null ? "None" : quotedText(text);
}

function unknownBuilding(sheet, given, known) {
  const virtual = sheet.schools.some((school) => school.id === given && school.building < 0);
  if (virtual) return `${quotedText(given)} is a virtual school, which has no building: remove it from the plan`;
  const { several } = known.find(given);
  if (several) return `building ${quotedText(given)} is the name of ${several}: give the id`;
  return `building ${quotedText(given)} is not in the district`;
}

/** Straight metres between a point and a building, on the WGS 84 ellipsoid. */
function metresAway(sheet, point, b) {
  const place = ([lon, lat]) => {
    const [phi, lam] = [lat, lon].map((degrees) => (degrees * Math.PI) / 180);
    const flat = 0.00669437999014;
    const normal = 6378137 / Math.sqrt(1 - flat * Math.sin(phi) ** 2);
    return [normal * Math.cos(phi) * Math.cos(lam), normal * Math.cos(phi) * Math.sin(lam), normal * (1 - flat) * Math.sin(phi)];
  };
  const [one, other] = [place(point), place(sheet.points[b])];
  return Math.hypot(...one.map((x, k) => x - other[k]));
}

/** Finds schools and buildings by id, an id without its zeros, or a name, as `SchoolWords`. */
function schoolWords(sheet) {
  const entries = [
    ...sheet.schools.map(({ id, name }) => [id, name]),
    ...sheet.building_ids.map((id, b) => [id, sheet.building_names[b]]),
  ];
  const kinds = /(?<![\p{L}\p{N}_])(?:senior|sr|high|hs|h s|schools?)(?![\p{L}\p{N}_])/gu;
  const said = (text) => plainName(text.replaceAll("'", "").replace(new RegExp(`[^\\p{L}\\p{N}_${BLANK}]`, "gu"), " "));
  const loose = (text) => strip(said(text).replace(kinds, " "));
  const short = (text) => text.replace(/^0+/, "") || "0";
  const index = (key) => {
    const found = new Map();
    entries.forEach(([id, name]) => {
      const word = key(id, name);
      if (word !== null) found.set(word, new Set([...(found.get(word) || []), id]));
    });
    return found;
  };
  const ids = new Set(entries.map(([id]) => id));
  const [byShort, byName, byLoose] = [index((id) => short(id)), index((_, name) => (name === null ? null : said(name))), index((_, name) => (name === null ? null : loose(name)))];
  const none = new Set();
  const buildingOf = new Map(sheet.schools.filter((school) => school.building >= 0).map((school) => [school.id, school.building]));
  sheet.building_ids.forEach((id, b) => buildingOf.set(id, b));
  return {
    buildingOf,
    find(word) {
      if (ids.has(word)) return { id: word, way: "id" };
      const same = /^\p{Nd}+$/u.test(word) ? byShort.get(short(word)) || none : none;
      if (same.size === 1) return { id: [...same][0], way: "zeros" };
      const named = byName.get(said(word)) || byLoose.get(loose(word)) || none;
      if (named.size === 1) return { id: [...named][0], way: "name" };
      const both = [...new Set([...same, ...named])].sort(byCodePoint);
      return { several: both.length ? `${both.length} schools, ${both.join(", ")}` : "" };
    },
  };
}

/* Messages, as in zoning/errors.py. */

const A_VALUE = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[-+]?\d[\d.,:]*\d|[-+]?\d/gu;

/** One line for faults that differ only in quoted text and numbers and that many rows have. */
function groupByKind(faults) {
  const kinds = new Map();
  faults.forEach(([, message], k) => {
    const kind = message.replace(A_VALUE, "\0");
    kinds.set(kind, [...(kinds.get(kind) || []), k]);
  });
  const lines = [];
  for (const members of kinds.values()) {
    if (members.length <= 3) members.forEach((k) => lines.push([k, `${faults[k][0]}: ${faults[k][1]}`]));
    else lines.push([members[0], `${rowRanges(members.map((k) => faults[k][0]))}: ${withValues(members.map((k) => faults[k][1]))}`]);
  }
  return lines.sort((a, b) => a[0] - b[0]).map(([, line]) => line);
}

/** `rows 2-40, 57 (40 in all)` from `row 2`, `row 3` ... */
function rowRanges(where) {
  const [noun] = where[0].split(" ");
  const numbers = [...new Set(where.map((text) => Number(text.split(" ")[1])))].sort((a, b) => a - b);
  const ranges = [];
  for (const number of numbers) {
    const last = ranges[ranges.length - 1];
    if (last && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const listed = fewText(ranges.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)), 6);
  return numbers.length > 1 ? `${noun}s ${listed} (${commasText(numbers.length)} in all)` : `${noun} ${listed}`;
}

function withValues(messages) {
  const values = messages.map((message) => [...message.matchAll(A_VALUE)]);
  const differ = values[0].map((_, k) => k).filter((k) => new Set(values.map((found) => found[k][0])).size > 1);
  if (!differ.length) return messages[0];
  if (differ.length > 1) return `for example ${messages[0]}`;
  const counts = new Map();
  values.forEach((found) => counts.set(found[differ[0]][0], (counts.get(found[differ[0]][0]) || 0) + 1));
  const listed = [...counts].sort((a, b) => b[1] - a[1]).map(([value, n]) => (n === 1 ? value : `${value} (${commasText(n)} times)`));
  const match = values[0][differ[0]];
  return messages[0].slice(0, match.index) + fewText(listed, 5) + messages[0].slice(match.index + match[0].length);
}
