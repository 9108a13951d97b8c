"use strict";
/* What stands beside the map of the workbench: figures, schools, zones, rules. Rows and cells are
   made once and only their changed texts are written. */

const LISTED_ZONES = 8;
const AFTER_EDIT_MS = 30;
/* Plans whose objectives differ by less, relatively, are equally good: sums round. */
const TIE = 1e-6;
const LISTED_STEPS = 3;

/** Write a text into a node that does not have it. */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Fill an element anew; where the focus was in it, its heading gets it. */
function refill(id, ...children) {
  const node = document.getElementById(id);
  const held = node.contains(document.activeElement) && document.activeElement !== node;
  node.replaceChildren(...children);
  const head = held && node.querySelector("h3");
  if (!head) return;
  head.tabIndex = -1;
  head.focus({ preventScroll: true });
}

function button(text, act, className = "") {
  const made = el("button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/** Least to most of some numbers, as they are shown. */
function rangeText(numbers, text) {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)].map(text);
  return least === most ? least : `${least} to ${most}`;
}

const NUMBER_FORMATS = [0, 1, 2].map((digits) => (
  new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })));

/** A workload: whole from 100 on, else to a tenth or, below 1, to a hundredth. */
function numberText(value) {
  if (value === null) return "not known";
  const isWhole = Math.abs(value) >= 100 || value === Math.round(value);
  return NUMBER_FORMATS[isWhole ? 0 : Math.abs(value) < 1 ? 2 : 1].format(value);
}

/** Whether a workload is known of any school. */
function hasLoad(sheet, key) {
  const values = sheet.columns && sheet.columns[key];
  return Boolean(values) && values.some((value) => value !== null);
}

/**
 * The figures beside the map. Each: name, meaning, `text(figures)`, and `value(figures)` of which
 * less is better; null where it is not computed, with `why`.
 */
function benchFigures(desk) {
  const { sheet } = desk;
  const minutes2 = (seconds) => minutesText(seconds, 2);
  const share = (gap) => `${(100 * gap).toFixed(gap < 0.0095 ? 2 : 1)} %`;
  // A zone of dedicated officers alone has none of the buildings that are divided.
  const divided = (figures) => figures.zones.filter((zone) => zone.size);
  const sizes = (figures) => divided(figures).map((zone) => zone.size);
  const spread = (numbers) => Math.max(...numbers) - Math.min(...numbers);
  const load = (key, name, meaning, unit) => {
    const loads = (figures) => divided(figures).map((zone) => zone.loads[key]);
    const isKnown = (figures) => !loads(figures).includes(null);
    return {
      name, meaning, key,
      text: (figures) => (isKnown(figures) ? rangeText(loads(figures), numberText) : null),
      value: (figures) => (isKnown(figures) ? spread(loads(figures)) : null),
      change: numberText,
      of: "spread ",
      zone: (figures) => numberText(figures.loads[key]),
      why: () => `the ${unit} of some schools are not known`,
    };
  };
  const has = (key) => hasLoad(sheet, key);
  return [
    {
      name: "Expected travel",
      meaning: "Mean expected travel of a call, the officer being where the objective assumes.",
      text: (figures) => minutes2(figures.mean_travel_s),
      value: (figures) => figures.mean_travel_s,
      change: minutes2,
    },
    {
      name: "Worst drive",
      meaning: "The longest drive between two schools of a zone.",
      text: (figures) => minutesText(figures.longest_drive_s),
      value: (figures) => figures.longest_drive_s,
      change: (value) => minutesText(value),
      zone: (figures) => minutesText(figures.longest_drive_s),
    },
    {
      name: "Schools in a zone",
      meaning: "Fewest and most school buildings in a patrol zone.",
      text: (figures) => `${rangeText(sizes(figures), String)}, ${countedText(sizes(figures).length, "zone")}`,
      value: (figures) => spread(sizes(figures)),
      change: String,
      of: "spread ",
      zone: (figures) => String(figures.size),
    },
    ...(has("calls") ? [load("calls", "Calls in a zone", "Least and most calls of a zone.", "calls")] : []),
    ...(has("enrollment") ? [load("enrollment", "Students in a zone", "Fewest and most students of a zone.", "students")] : []),
    {
      name: "Misaligned",
      meaning: "Schools outside the zone of the high school they feed.",
      text: (figures) => (figures.with_feeder ? `${figures.misaligned} of ${figures.with_feeder}` : null),
      value: (figures) => figures.misaligned,
      change: String,
      zone: (figures) => String(figures.misaligned),
      why: () => "no feeders are given",
    },
    {
      name: "Moved from today",
      meaning: "Buildings that left the zone they are in today.",
      text: (figures) => (figures.from_today === null ? null : countedText(figures.from_today, "school")),
      value: (figures) => figures.from_today,
      change: String,
      words: ["fewer", "more"],
      why: () => "no plan of today is given",
    },
    {
      name: "Proof",
      meaning: "How much more the plan costs than the proved bound, which no plan under these rules can be below.",
      text: (figures) => (figures.gap === null ? null : gapText(figures)),
      value: (figures) => figures.gap,
      wide: true,
      change: share,
      why: noProof,
    },
    ...(sheet.bound && sheet.bound.drive_s !== null ? [{
      name: "Proof of the drive",
      meaning: "How much longer the worst drive is than the proved bound, which no plan under these rules can be below.",
      text: (figures) => (figures.drive_gap === null ? null : gapText({ gap: figures.drive_gap })),
      value: (figures) => figures.drive_gap,
      wide: true,
      change: share,
      why: noProof,
    }] : []),
  ];

  function noProof(figures) {
    if (sheet.uncomputed.length) return "own costs are computed by zoning check alone";
    if (!sheet.bound) return "no proof was computed for this request";
    if (figures.broken.length) return "the plan breaks a rule";
    if (sheet.unchecked.length) return "own rules are tested by zoning check alone";
    return `proved for plans with no drive over ${minutesText(sheet.bound.drives_to_s)}`;
  }

  function gapText({ gap }) {
    if (gap <= TIE) return "as good as the proved best";
    return gap < 1e-4 ? "less than 0.01 % above the proved best" : `${share(gap)} above the proved best`;
  }
}

function benchPanel(desk) {
  const { state, problem, sheet, page, names } = desk;
  const count = sheet.cells.length;
  const rows = benchFigures(desk);
  const cells = drawFigures();
  const zoneRows = new Map();
  const options = names.slice(0, count).map(makeOption);
  const listed = []; // what is said of each school in the list
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const order = options.map((_, b) => b).sort((a, b) => collator.compare(names[a], names[b]));
  let shown = state.figures;
  let before = null;
  let giveUp = [];
  let chosen = new Set(); // of the list, as it was last written
  let steps = { plan: null, key: "", found: [] };
  let opened = "move-part";
  const { search, list } = drawPick();
  const zoneTable = drawZoneTable();
  const rules = drawRules();
  updateOptions();
  filter();
  updateZones();
  const open = tabList(document.getElementById("views"), (id) => {
    opened = id;
    refreshPart();
  });
  update();

  /* Figures */

  function drawFigures() {
    const heads = ["Figure", "Now", "", "Since the start", "Last edit"].map((text) => headCell("col", text));
    heads[2].className = "of-zone";
    const made = rows.map((row) => {
      const [value, zone, since, last] = ["value", "of-zone", "since", "since"].map((name) => el("td", name));
      const node = el("tr", "", headCell("row", row.name, row.meaning), value, zone, since, last);
      return { row: node, value, zone, since, last };
    });
    fill("figures", el("thead", "", el("tr", "", ...heads)), el("tbody", "", ...made.map(({ row }) => row)));
    return Object.assign(made, { zoneHead: heads[2] });
  }

  function updateFigures() {
    const start = state.startFigures;
    const k = desk.zone === null ? -1 : desk.zoneNumber(desk.zone);
    const noZone = k < 0;
    document.getElementById("figures").classList.toggle("no-zone", noZone);
    write(cells.zoneHead, k < 0 ? "" : desk.zone);
    rows.forEach((row, r) => {
      const text = row.text(shown);
      const { value, zone, since, last } = cells[r];
      const missing = text === null;
      write(value, missing ? `not computed: ${row.why(shown)}` : text);
      // A sentence takes the room of the zone's column too, and a reason all there is.
      value.classList.toggle("missing", missing);
      value.colSpan = (missing ? 3 : 1) + (noZone || !(missing || row.wide) ? 0 : 1);
      zone.hidden = missing || row.wide === true;
      since.hidden = missing;
      last.hidden = missing;
      write(zone, row.zone && k >= 0 && !missing ? row.zone(shown.zones[k]) : "");
      change(since, row, start, text);
      change(last, row, before, text);
    });
  }

  /** A change with its sign and a word, so that nobody needs the colour. */
  function change(cell, row, from, text) {
    const comparable = text !== null && from !== null && row.value(from) !== null;
    const by = comparable ? row.value(shown) - row.value(from) : 0;
    const said = comparable ? signed(by, row.change, "") : "";
    const [less, more] = row.words || ["better", "worse"];
    const way = said === "" ? "" : by < 0 ? less : more;
    const whole = said === "" ? (comparable ? "–" : "") : `${row.of || ""}${said} `;
    if (cell.dataset.said === whole + way) return;
    cell.dataset.said = whole + way;
    cell.dataset.way = way;
    cell.replaceChildren(whole, ...(way ? [el("span", "way", way)] : []));
  }

  function updateVerdict() {
    const { broken } = shown;
    const node = document.getElementById("verdict");
    node.classList.toggle("bad", broken.length > 0);
    const first = broken.slice(0, 2).map(faultText).join("; ");
    const more = broken.length > 2 ? ` and ${broken.length - 2} more` : "";
    write(node, broken.length
      ? `✗ Breaks ${countedText(broken.length, "rule")}: ${first}${more}.`
      : `✓ Keeps every rule${sheet.unchecked.length ? " that this page can check" : ""}.`);
    write(document.getElementById("tab-rules"), broken.length ? `Rules (${broken.length} broken)` : "Rules");
  }

  /* Schools */

  function makeOption(name, b) {
    const option = el("option", "", name);
    option.value = String(b);
    return option;
  }

  function drawPick() {
    const input = el("input", "find");
    input.type = "search";
    input.placeholder = "Find a school";
    input.setAttribute("aria-label", "Find a school");
    const select = el("select", "schools");
    select.multiple = true;
    select.size = 6;
    select.setAttribute("aria-label", "Schools");
    input.addEventListener("input", () => filter());
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && input.value) {
        input.value = "";
        filter();
        event.preventDefault();
      }
      if (event.key !== "Enter") return;
      const first = found()[0];
      if (first === undefined) desk.tell("No school has this in its name.");
      else desk.selectSchool(first, false);
    });
    select.addEventListener("change", () => {
      chosen = new Set([...select.selectedOptions].map((option) => Number(option.value)));
      state.select([...chosen]);
    });
    fill("pick", input, select);
    return { search: input, list: select };
  }

  /** Schools that have the text in their name or are in a zone of that name. */
  function found() {
    const text = search.value.trim().toLowerCase();
    if (!text) return order;
    return order.filter((b) => names[b].toLowerCase().includes(text) || zoneIdOf(b).toLowerCase() === text);
  }

  function zoneIdOf(b) {
    return (desk.zoneOf(b) || { id: "" }).id;
  }

  /** Those found, and always those selected, so that a second search adds to the first. */
  function filter() {
    const { selected } = state;
    const listed = new Set(found());
    list.replaceChildren(...order.filter((b) => listed.has(b) || selected.has(b)).map((b) => options[b]));
    for (const b of selected) if (options[b]) options[b].selected = true;
  }

  function updateOptions() {
    const { schools } = state.locked;
    options.forEach((option, b) => {
      const text = `${zoneIdOf(b)}${schools.has(b) ? " · locked" : ""}`;
      if (listed[b] === text) return;
      listed[b] = text;
      option.textContent = `${names[b]} · ${text}`;
    });
  }

  function updateSelected() {
    const { selected } = state;
    for (const b of chosen) if (!selected.has(b)) options[b].selected = false;
    for (const b of selected) {
      if (!options[b].parentNode) filter();
      options[b].selected = true;
    }
    chosen = selected;
    if (selected.size !== 1 || document.activeElement === list) return;
    // Not scrollIntoView: it would scroll the page away from the map.
    const height = list.scrollHeight / Math.max(1, list.length);
    const top = options[[...selected][0]].index * height;
    if (top < list.scrollTop || top + height > list.scrollTop + list.clientHeight) list.scrollTop = top - height;
  }

  function stopWork() {
    giveUp.forEach((stop) => stop());
    giveUp = [];
  }

  /** What can be done with the selected schools. */
  function drawChoice() {
    const numbers = [...state.selected].filter(desk.isMovable);
    if (!numbers.length) {
      refill("choice", el("h3", "", "Move schools"), el("p", "hint", "Choose one or several schools on the map or in the list, then a zone for them. Or drag them to it."));
      return;
    }
    const [b] = numbers;
    const { schools } = state.locked;
    const allLocked = numbers.every((one) => schools.has(one));
    const title = numbers.length === 1 ? `${names[b]}, in ${zoneIdOf(b)}` : `${desk.schoolCount(numbers.length)} selected`;
    const table = el("table", "bench-table moves");
    table.setAttribute("aria-label", "Zones to move to, best first");
    const acts = el("div", "acts",
      button("New zone", () => desk.makeZone(numbers)),
      button(allLocked ? "Unlock" : "Lock", () => numbers.forEach((one) => state.lockSchool(one, !allLocked))),
      button("Clear", () => state.select([])));
    const parts = [el("h3", "", title)];
    if (numbers.length > 1) parts.push(el("p", "listing", joinNames(numbers.map((one) => names[one]), 9)));
    if (numbers.length === 2 && zoneIdOf(numbers[0]) !== zoneIdOf(numbers[1])) parts.push(swapOffer(...numbers));
    refill("choice", ...parts, acts, table, anyZone(numbers));
    if (numbers.length === 1) fillMoves(table, bestZones(problem, state.plan, b, LISTED_ZONES).map(fromBest), numbers);
    else {
      table.replaceChildren(el("caption", "", "Comparing zones …"));
      giveUp.push(workInSlices(effects(numbers), (moves) => fillMoves(table, moves, numbers)));
    }
  }

  /** Two schools of different zones can also be exchanged. */
  function swapOffer(a, b) {
    const { plan } = swapBuildings(problem, state.plan, a, b);
    const after = scorePlan(problem, plan);
    const faults = newFaults(state.figures, after).map(faultText);
    return el("p", "swap", button("Swap the two", () => desk.swap(a, b)),
      el("span", "hint", ` ${costText(costBetween(state.figures, after))}${faults.length ? `; ✗ ${faults.join("; ")}` : "; ✓ breaks no further rule"}`));
  }

  function fromBest({ zone_id, cost_s, breaks, longest_drive_s }) {
    return { id: zone_id, cost_s, breaks, longest_drive_s };
  }

  /** The zones for several schools: those that break no further rule first, then the cheapest. */
  function* effects(numbers) {
    const found = [];
    for (const zone of desk.patrolZones()) {
      const effect = desk.effect(numbers, zone.id);
      if (effect) found.push(fromEffect(zone.id, effect));
      yield;
    }
    const weight = (move) => (move.cost_s === null ? move.mean_s : move.cost_s);
    return found.sort((a, b) => (a.breaks.length > 0) - (b.breaks.length > 0) || weight(a) - weight(b)).slice(0, LISTED_ZONES);
  }

  function fromEffect(id, { cost_s, faults, after }) {
    return { id, cost_s, breaks: faults.map(faultText), longest_drive_s: after.longest_drive_s, mean_s: after.mean_travel_s };
  }

  function fillMoves(table, moves, numbers) {
    const body = moves.map((move) => {
      const why = desk.whyNot(desk.leaving(numbers, move.id), move.id);
      const go = button(move.id, () => desk.move(numbers, move.id), "go");
      go.setAttribute("aria-label", `Move to ${move.id}`);
      const broken = move.breaks.length ? `✗ ${move.breaks.join("; ")}` : "✓";
      const row = el("tr", "", headCell("row", ""), el("td", "", costText(move.cost_s).replace(" building-minutes", "")),
        el("td", "", minutesText(move.longest_drive_s)), el("td", move.breaks.length ? "bad" : "", why ? `Not possible: ${why}` : broken));
      row.firstChild.append(go);
      row.addEventListener("mouseenter", () => aim(move.id));
      go.addEventListener("focus", () => aim(move.id));
      row.addEventListener("mouseleave", () => desk.bench.aim(null));
      go.addEventListener("blur", () => desk.bench.aim(null));
      return row;
    });
    const heads = ["Move to", "Building-minutes", "Worst drive", "Rules"].map((text) => headCell("col", text));
    table.replaceChildren(el("thead", "", el("tr", "", ...heads)), el("tbody", "", ...body));
  }

  function aim(id) {
    desk.bench.aim(desk.patrolZones().find((zone) => zone.id === id) || null);
  }

  /** Any zone at all, with what the move would do. */
  function anyZone(numbers) {
    const zones = desk.patrolZones().map((zone) => zone.id).sort(collator.compare);
    const said = el("span", "hint", "");
    const { label, list: choice } = chooser("Any zone", ["Choose …", ...zones], 0, (k) => {
      if (k === 0) return write(said, "");
      const id = zones[k - 1];
      aim(id);
      const why = desk.whyNot(desk.leaving(numbers, id), id);
      const effect = why ? null : desk.effect(numbers, id);
      if (why) return write(said, `Not possible: ${why}`);
      if (!effect) return write(said, `In ${id} already.`);
      const faults = effect.faults.map(faultText);
      return write(said, `${costText(effect.cost_s)}; worst drive ${minutesText(effect.after.longest_drive_s)}${faults.length ? `; ✗ ${faults.join("; ")}` : "; ✓ breaks no further rule"}`);
    });
    choice.addEventListener("blur", () => desk.bench.aim(null));
    const go = button("Move", () => {
      const k = Number(choice.value);
      if (k) desk.move(numbers, zones[k - 1]);
      else desk.tell("Choose a zone first.");
    });
    return el("div", "any-zone", label, go, said);
  }

  /** The best steps from here, looked for while nothing else happens. */
  function drawSteps() {
    const { zones, schools } = state.locked;
    const key = [...zones, "|", ...schools].join(" ");
    const title = el("h3", "", "Best next moves and swaps");
    const say = (text) => refill("steps", title, el("p", "hint", text));
    if (sheet.uncomputed.length) {
      say("Not computed: own costs are computed by zoning check alone.");
    } else if (steps.plan === state.plan && steps.key === key) {
      refill("steps", title, ...listSteps());
    } else {
      say("Looking for them …");
      const work = bestSteps(problem, state.plan, { lockedZones: zones, lockedSchools: schools, count: LISTED_STEPS });
      giveUp.push(workInSlices(work, (found) => {
        steps = { plan: state.plan, key, found };
        refill("steps", title, ...listSteps());
      }));
    }
  }

  function listSteps() {
    if (!steps.found.length) return [el("p", "hint", "No move or swap is possible without breaking a further rule.")];
    const hint = steps.found.every(({ cost_s }) => cost_s === null || cost_s >= 0)
      ? [el("p", "hint", "None makes the plan better. These cost least:")] : [];
    return [...hint, el("ol", "step-list", ...steps.found.map((step) => {
      const [a, b] = step.buildings;
      const text = step.kind === "swap"
        ? `Swap ${names[a]} (${zoneIdOf(a)}) and ${names[b]} (${zoneIdOf(b)})`
        : `Move ${names[a]} from ${zoneIdOf(a)} to ${step.to}`;
      const go = button("Do it", () => (step.kind === "swap" ? desk.swap(a, b) : desk.move([a], step.to)));
      go.setAttribute("aria-label", `Do it: ${text}`);
      return el("li", "", el("span", "", `${text}: `, el("strong", "", costText(step.cost_s))), go);
    }))];
  }

  /* Zones */

  function drawZoneTable() {
    const columns = [
      ["Schools", (figures) => String(figures.size)],
      ...(hasLoad(sheet, "calls") ? [["Calls", (figures) => numberText(figures.loads.calls)]] : []),
      ...(hasLoad(sheet, "enrollment") ? [["Students", (figures) => numberText(figures.loads.enrollment)]] : []),
      ["Worst drive", (figures) => minutesText(figures.longest_drive_s)],
      ["Misaligned", (figures) => String(figures.misaligned)],
      ["Rules", (figures) => (figures.broken.length ? `✗ ${figures.broken.length} broken` : "✓")],
    ];
    const body = el("tbody", "");
    const heads = ["Zone", ...columns.map(([name]) => name)].map((text) => headCell("col", text));
    fill("zones", el("thead", "", el("tr", "", ...heads)), body);
    return { columns, body };
  }

  function makeZoneRow(id) {
    const patch = el("span", "patch");
    const text = el("span", "", id);
    const head = headCell("row", "");
    const choose = button("", () => {
      desk.chooseZone(row.id);
      desk.bench.lookAtZone(row.id);
    }, "zone-name");
    choose.append(patch, text);
    head.append(choose);
    const texts = zoneTable.columns.map(() => el("td", ""));
    const row = { id, patch, choose, texts, node: el("tr", "", head, ...texts) };
    return row;
  }

  function updateZones() {
    const there = new Set();
    const nodes = [];
    const { zones: locked } = state.locked;
    state.plan.zones.forEach((zone, k) => {
      if (!zone.members.some((b) => b < count)) return;
      there.add(zone.id);
      if (!zoneRows.has(zone.id)) zoneRows.set(zone.id, makeZoneRow(zone.id));
      const row = zoneRows.get(zone.id);
      nodes.push(row.node);
      const figures = shown.zones[k];
      zoneTable.columns.forEach(([, text], c) => write(row.texts[c], text(figures)));
      const fillColour = desk.bench.fillOf(zone.id);
      if (row.fill !== fillColour) {
        row.fill = fillColour;
        row.patch.style.background = fillColour;
      }
      for (const [name, on] of [["bad", figures.broken.length > 0], ["shown", zone.id === desk.zone]]) {
        if (row.node.classList.contains(name) !== on) row.node.classList.toggle(name, on);
      }
      const isLocked = locked.has(zone.id);
      if (isLocked !== (row.choose.querySelector(".padlock") !== null)) {
        if (isLocked) row.choose.append(padlock());
        else row.choose.querySelector(".padlock").remove();
      }
      const pressed = String(zone.id === desk.zone);
      if (row.choose.getAttribute("aria-pressed") !== pressed) row.choose.setAttribute("aria-pressed", pressed);
    });
    for (const id of [...zoneRows.keys()]) if (!there.has(id)) zoneRows.delete(id);
    const { body } = zoneTable;
    if (nodes.length !== body.childNodes.length || nodes.some((node, k) => body.childNodes[k] !== node)) body.replaceChildren(...nodes);
    const posts = state.plan.zones.filter((zone) => !zone.members.some((b) => b < count));
    write(document.getElementById("posts"), posts.length
      ? `Besides these, ${countedText(posts.length, "dedicated officer")}: ${joinNames(posts.map((zone) => names[zone.members[0]]), 6)}.` : "");
  }

  function drawCard() {
    const k = desk.zone === null ? -1 : desk.zoneNumber(desk.zone);
    if (k < 0) {
      refill("zone-card", el("h3", "", "Zones"), el("p", "hint", "Click a zone on the map or its name here to rename, lock or dissolve it."));
      return;
    }
    const zone = state.plan.zones[k];
    const { id } = zone;
    const isLocked = state.locked.zones.has(id);
    const input = el("input", "");
    input.value = id;
    input.defaultValue = id;
    input.id = "zone-name";
    input.maxLength = 60;
    const label = el("label", "", "Name");
    label.htmlFor = "zone-name";
    const form = el("form", "rename", label, input, el("button", "", "Rename"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      desk.rename(id, input.value);
    });
    const lock = button(isLocked ? "Unlock" : "Lock", () => {
      state.lockZone(id, !isLocked);
      document.querySelector("#zone-card .lock").focus();
    }, "lock");
    refill("zone-card", el("h3", "", id), el("p", "hint", desk.zoneFacts(id).join(" · ")), form, el("div", "acts",
      lock,
      button(`Select its ${desk.schoolCount(zone.members.length)}`, () => {
        state.select(zone.members.filter(desk.isMovable));
        open("move-part");
        desk.tell(`${desk.schoolCount(state.selected.size)} of ${id} selected.`);
      }),
      button("Dissolve", () => desk.dissolve(id))),
    el("p", "listing", zone.members.map((b) => names[b]).join(", ")));
  }

  /* Rules */

  function drawRules() {
    const [low, high] = sheet.sizes || [1, null];
    const [fewest, most] = sheet.zones || [null, null];
    const standing = [
      ...(fewest === null ? [] : [fewest === most ? countedText(most, "zone") : `${fewest} to ${most} zones`]),
      ...(low > 1 ? [`at least ${countedText(low, "building")} in a zone`] : []),
      ...(high === null || high === undefined ? [] : [`at most ${countedText(high, "building")} in a zone`]),
      ...(sheet.alignment && sheet.alignment.mode === "strict" ? ["alignment: strict"] : []),
    ];
    return { texts: [...new Set([...standing, ...sheet.rules.map((rule) => rule.text)])] };
  }

  function updateRules() {
    const byRule = new Map(rules.texts.map((text) => [text, []]));
    for (const fault of shown.broken) {
      if (!byRule.has(fault.rule)) byRule.set(fault.rule, []);
      byRule.get(fault.rule).push(fault);
    }
    const items = [...byRule].sort((a, b) => (b[1].length > 0) - (a[1].length > 0)).map(([text, faults]) => {
      const item = el("li", faults.length ? "bad" : "", el("span", "sign", faults.length ? "✗" : "✓"),
        el("span", "", sentenceText(text), el("span", "unseen", faults.length ? " Broken:" : " Kept.")));
      if (faults.length) item.append(el("ul", "", ...faults.map(faultItem)));
      return item;
    });
    const parts = [el("h3", "", "Rules of the study"), items.length
      ? el("ul", "rules", ...items) : el("p", "hint", "The study has no rules.")];
    if (sheet.unchecked.length) {
      parts.push(el("h3", "", "Checked only by “zoning check”"),
        el("p", "hint", "Written in Python for this study; this page cannot run them."),
        el("ul", "rules", ...sheet.unchecked.map((text) => el("li", "", el("span", "sign", "?"), el("span", "", sentenceText(text))))));
    }
    if (sheet.costs.length) {
      parts.push(el("h3", "", "What the objective counts"), el("ul", "rules", ...shown.terms.map((term) =>
        el("li", "", el("span", "sign", ""), el("span", "", `${sentenceText(term.text)}: ${buildingMinutes(term.seconds)}`)))));
    }
    fill("rules-part", ...parts);
  }

  function faultItem(fault) {
    if (fault.zone_id === null || desk.zoneNumber(fault.zone_id) < 0) return el("li", "", faultText(fault));
    return el("li", "", button(faultText(fault), () => {
      desk.chooseZone(fault.zone_id, { open: false });
      desk.bench.lookAtZone(fault.zone_id);
      desk.tell(`${fault.zone_id} is marked on the map. ${desk.zoneFacts(fault.zone_id).join(". ")}.`);
    }, "fault"));
  }

  function sentenceText(text) {
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  }

  /* Starting points */

  function drawStarts() {
    const figures = state.starts.map((plan) => state.figuresOf(plan));
    const heads = sheet.starts.map((start, k) => {
      const head = headCell("col", "");
      const go = button("Start from here", () => {
        document.getElementById("starts").close();
        state.restart(k);
      });
      go.setAttribute("aria-label", `Start from ${start.name}`);
      head.append(el("strong", "", start.name), el("span", "meaning", start.meaning), go);
      if (k === state.start) head.append(el("span", "here", "Started from here"));
      return head;
    });
    const body = rows.map((row) => el("tr", "", headCell("row", row.name, row.meaning),
      ...figures.map((one) => el("td", "", row.text(one) ?? "not computed"))));
    body.push(el("tr", "", headCell("row", "Rules"), ...figures.map((one) =>
      el("td", one.broken.length ? "bad" : "", one.broken.length ? `✗ breaks ${countedText(one.broken.length, "rule")}` : "✓ keeps every rule"))));
    const moves = state.starts.map((plan) => movedSchools(state.starts[0], plan).length);
    if (moves.length > 1) {
      body.push(el("tr", "", headCell("row", `Schools in another zone than in “${sheet.starts[0].name}”`),
        ...moves.map((number) => el("td", "", String(number)))));
    }
    fill("starts-table", el("thead", "", el("tr", "", headCell("col", "Plan"), ...heads)), el("tbody", "", ...body));
  }

  /** What is printed besides the figures and the map. */
  function drawPaper() {
    updateZones();
    updateRules();
    const body = desk.patrolZones().map((zone) => [
      zone.id, desk.schoolOf(zone) || "none", zone.members.map((b) => names[b]).join(", "),
    ]);
    fill("paper-zones", ...tableParts(["Zone", "High school", "Schools"], body, ""));
  }

  /* All of it */

  function refreshPart() {
    stopWork();
    if (opened === "move-part") {
      drawChoice();
      drawSteps();
    }
    if (opened === "zones-part") {
      updateZones();
      drawCard();
    }
    if (opened === "rules-part") updateRules();
  }

  function update() {
    before = shown === state.figures ? null : shown;
    shown = state.figures;
    updateFigures();
    updateVerdict();
    stopWork();
    // The next frame shows the plan; what could be done with it comes after that.
    const timer = setTimeout(() => {
      updateOptions();
      updateSelected();
      refreshPart();
    }, AFTER_EDIT_MS);
    giveUp.push(() => clearTimeout(timer));
    if (opened === "zones-part") updateZones();
  }

  return {
    update,
    open,
    drawStarts,
    drawPaper,
    shownFigures: () => shown,
    /** A zone is looked at, or none any more. */
    zoneChosen() {
      updateFigures();
      if (opened === "zones-part") refreshPart();
    },
    /** The selection or the locks have changed. */
    marked(what) {
      if (what === "locked") updateOptions();
      updateSelected();
      if (what === "locked" || (what === "selected" && opened === "move-part")) refreshPart();
    },
  };
}
