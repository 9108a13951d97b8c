"use strict";
/* The part "Plans" of the workbench: plans to start from and kept ones, two of them compared, the
   log of edits with its reasons, files, and the command that lets the solver go on. */

/** Travel that changes by less is the same: as in zones/review/comparison.py. */
const SAME_S = 0.5;
/** Rows of schools that are reached sooner or later; in a large district all are many. */
const LISTED_DRIVES = 100;
/** Milliseconds after the last edit on the map until the part is drawn anew. */
const PAUSE_MS = 150;
/** What a shell or a spreadsheet might take for more than text, in any of the shells in use:
    POSIX ones, cmd and PowerShell, in which typographic quotes close a text. */
const UNSAFE_IN_SHELL = /["$`\\%!“”„]|^-|[\p{C}\p{Zl}\p{Zp}]/u;

/** Expected seconds to a call at each building, the officer being where the objective assumes. */
function expectedDrives(problem, plan) {
  const { seconds, presence, calls, n } = problem;
  const drives = new Float64Array(n).fill(NaN);
  for (const zone of plan.zones) {
    const group = groupOf(problem, zone);
    const totalFrom = (post) => group.reduce((sum, k) => sum + seconds[post * n + k] * calls[k], 0);
    const posts = problem.isStation
      ? [group.reduce((best, b) => (totalFrom(b) < totalFrom(best) ? b : best), group[0])]
      : group;
    const share = (j) => (problem.isStation ? 1 : presence[j]);
    const shares = posts.reduce((sum, j) => sum + share(j), 0);
    for (const k of group) drives[k] = posts.reduce((sum, j) => sum + share(j) * seconds[j * n + k], 0) / shares;
  }
  return drives;
}

/** The zone before that each patrol zone continues, by id, so that the fewest schools move. */
function continuedBetween(before, after) {
  const [old, now] = [before, after].map((plan) => plan.zones.filter((zone) => zone.kind === "patrol"));
  const home = new Map(old.flatMap((zone, k) => zone.members.map((b) => [b, k])));
  const shared = now.map((zone) => {
    const row = new Array(old.length).fill(0);
    for (const b of zone.members) if (home.has(b)) row[home.get(b)] += 1;
    return row;
  });
  const matched = bestMatching(shared, old.length);
  return new Map(now.flatMap((zone, k) => (matched[k] >= 0 && shared[k][matched[k]] ? [[zone.id, old[matched[k]].id]] : [])));
}

/** Schools whose zone does not continue the one before: {b, from, to}, zones by id. */
function movedSchools(before, after, continues = continuedBetween(before, after)) {
  const was = new Map(before.zones.flatMap((zone) => zone.members.map((b) => [b, zone])));
  const stays = (old, zone) => old.kind === zone.kind && (zone.kind !== "patrol" || continues.get(zone.id) === old.id);
  return after.zones.flatMap((zone) => zone.members.filter((b) => !stays(was.get(b), zone))
    .map((b) => ({ b, from: was.get(b).id, to: zone.id })));
}

/** Buildings that a call reaches later, and those that it reaches sooner, most changed first. */
function changedDrives(problem, before, after) {
  const [first, second] = [expectedDrives(problem, before), expectedDrives(problem, after)];
  const drives = [...first.keys()]
    .map((b) => ({ b, before_s: first[b], after_s: second[b], by_s: second[b] - first[b] }))
    .filter(({ by_s }) => Math.abs(by_s) >= SAME_S)
    .sort((one, other) => Math.abs(other.by_s) - Math.abs(one.by_s));
  return { later: drives.filter(({ by_s }) => by_s > 0), sooner: drives.filter(({ by_s }) => by_s < 0) };
}

/**
 * The commands for the plan in plan.csv: `{check, improve}`; and `settings`, the locks as lines of
 * the study, in place of `improve` where a name cannot stand in a command of every shell.
 */
function planCommands(sheet, plan, locked) {
  const study = sheet.study || "STUDY";
  const zones = plan.zones.filter((zone) => locked.zones.has(zone.id) && zone.kind === "patrol"
    && zone.members.every((b) => b < sheet.divided));
  const held = new Set(zones.flatMap((zone) => zone.members));
  const named = new Map();
  const bear = (name, b) => named.set(plainName(name), (named.get(plainName(name)) || new Set()).add(b));
  sheet.building_names.forEach(bear);
  sheet.schools.forEach(({ name, building }) => bear(name, building));
  const ids = new Set([...sheet.building_ids, ...sheet.schools.map(({ id }) => id)]);
  const schools = [...locked.schools].filter((b) => b < sheet.divided && !held.has(b)).sort((a, b) => a - b).map((b) => {
    const name = sheet.building_names[b];
    const isPlain = named.get(plainName(name)).size === 1 && !ids.has(name) && !UNSAFE_IN_SHELL.test(name);
    return isPlain ? name : sheet.building_ids[b];
  });
  const check = `zoning check ${study} --plan plan.csv`;
  const options = [...zones.map((zone) => ["--lock", zone.id]), ...schools.map((school) => ["--lock-school", school])];
  if (options.every(([, text]) => !UNSAFE_IN_SHELL.test(text))) {
    const locks = options.map(([option, text]) => ` ${option} "${text}"`).join("");
    return { check, improve: `zoning improve ${study} --plan plan.csv${locks} --out finished` };
  }
  // A JSON text is a basic string of TOML, whatever it holds.
  const lines = ["[plan]"];
  if (zones.length) lines.push(`lock = ${JSON.stringify(zones.map(({ id }) => id))}`);
  if (schools.length) lines.push(`lock_schools = ${JSON.stringify(schools)}`);
  return { check, improve: `zoning improve ${study} --plan plan.csv --out finished`, settings: lines.join("\n") };
}

/** When a plan was kept, as the reader's clock has it; '' if that is no moment. */
function momentText(at) {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? "" : moment.toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" });
}

/** Mount the part in an element. What it has to say it says through `state.say`. */
function plansPart(holder, state, problem, sheet) {
  const rows = benchFigures({ sheet });
  const chosen = { from: `start ${state.start}`, to: "now" };
  let renaming = null; // the key of the kept plan that is being renamed
  let forgetting = false;
  let stale = true;
  let pause = 0;
  const parts = {};
  for (const [name, title] of [
    ["plans", "Plans"], ["keep", "Keep this plan"], ["compare", "Compare two plans"],
    ["log", "What was done, and why"], ["files", "Files"], ["solver", "Let the solver finish"],
  ]) {
    const head = el("h3", "", title);
    head.id = `plans-${name}`;
    head.tabIndex = -1;
    const body = el("div", "");
    const part = el("section", "plans-section", head, body);
    part.setAttribute("aria-labelledby", head.id);
    parts[name] = { head, body };
    holder.append(part);
  }
  const files = filesPart();
  keepPart();
  state.onChange((what) => {
    if (what === "selected" || what === "said") return;
    if (what === "log") return; // the reader is writing there
    if (what === "kept") { // perhaps by another tab, while a reason is being written
      stale ||= !isShown();
      if (isShown()) drawLists();
      return;
    }
    clearTimeout(pause);
    // What is done here shows at once; while schools are dragged about, when the hand rests.
    if (holder.contains(document.activeElement)) refresh();
    else pause = setTimeout(refresh, PAUSE_MS);
  });
  // Drawn when it comes into view: nobody waits for it while the map is worked on.
  new IntersectionObserver(() => stale && refresh()).observe(holder);
  refresh();

  function isShown() {
    return holder.getClientRects().length > 0;
  }

  function refresh() {
    stale = !isShown();
    if (stale) return;
    drawLists();
    drawLog();
    drawSolver();
  }

  function drawLists() {
    drawPlans();
    drawCompare();
  }

  /** Put new nodes in place; the focus stays on what has the same name, else goes to the heading. */
  function replace({ head, body }, ...nodes) {
    const held = body.contains(document.activeElement) ? document.activeElement.dataset.act : undefined;
    const inside = body.contains(document.activeElement);
    body.replaceChildren(...nodes);
    if (!inside) return;
    const again = held && [...body.querySelectorAll("[data-act]")].find((node) => node.dataset.act === held);
    (again || head).focus({ preventScroll: true });
  }

  function act(name, text, of, go) {
    const made = button(text, go);
    made.dataset.act = name;
    if (of) made.setAttribute("aria-label", `${text} ${of}`);
    return made;
  }

  function focusOn(name) {
    const node = [...holder.querySelectorAll("[data-act]")].find((one) => one.dataset.act === name);
    if (node) node.focus();
  }

  function hint(text) {
    return el("p", "hint", text);
  }

  /** A table of which the rows may be many: it scrolls, by keyboard too. */
  function longTable(about, names, body) {
    const table = el("table", "bench-table", ...tableParts(names, body, "None."));
    const box = el("div", "long", table);
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", about);
    return box;
  }

  /* Plans to open */

  /** What can be opened and compared: {id, name, plan}, the open one first. */
  function openable() {
    return [
      { id: "now", name: "Open now", plan: state.plan },
      ...sheet.starts.map((start, k) => ({ id: `start ${k}`, name: start.name, plan: state.starts[k] })),
      ...state.kept.filter(({ plan }) => plan).map(({ key, name, plan }) => ({ id: key, name, plan })),
    ];
  }

  function drawPlans() {
    const names = ["Plan", "Expected travel", "Worst drive", "Misaligned", "Rules broken", ""];
    const cells = (plan) => {
      const figures = state.figuresOf(plan);
      return [
        minutesText(figures.mean_travel_s, 2),
        minutesText(figures.longest_drive_s),
        figures.with_feeder ? `${figures.misaligned} of ${figures.with_feeder}` : "–",
        figures.broken.length ? String(figures.broken.length) : "none",
      ].map((text) => el("td", "", text));
    };
    const body = [planRow("Open now", nowText(), cells(state.plan), [])];
    sheet.starts.forEach((start, k) => body.push(planRow(start.name, start.meaning, cells(state.starts[k]), [
      act(`start ${k}`, "Open", start.name, () => state.restart(k)),
    ])));
    for (const kept of state.kept) {
      body.push(renaming === kept.key ? renameRow(kept) : keptRow(kept, kept.plan ? cells(kept.plan) : []));
    }
    const heads = names.map((name) => (name ? headCell("col", name) : el("td", "")));
    const table = el("table", "bench-table plans-table", el("thead", "", el("tr", "", ...heads)), el("tbody", "", ...body));
    const nodes = [table];
    if (state.dropped !== null) {
      nodes.push(el("p", "acts", el("span", "", `“${state.dropped}” was deleted.`), act("put back", "Put it back", "", () => state.putBack())));
    }
    replace(parts.plans, ...nodes);
  }

  function nowText() {
    const from = `from ${state.origin}`;
    return state.log.length ? `${plural(state.log.length, "edit", "edits")} ${from}` : from;
  }

  function planRow(name, about, cells, acts) {
    const head = headCell("row", el("strong", "", name));
    if (about) head.append(el("span", "hint", about));
    return el("tr", "", head, ...cells, el("td", "", el("div", "acts", ...acts)));
  }

  function keptRow({ key, name, at, log, study, other, refused, passing }, cells) {
    const about = [
      ...(other ? [`of another version of the study${study && study !== sheet.study ? `, ${study}` : ""}`] : []),
      ...(momentText(at) ? [`kept ${momentText(at)}`] : []),
      ...(log && log.length ? [plural(log.length, "edit", "edits")] : []),
      ...(passing ? ["only while this page is open"] : []),
      ...(refused ? [refused] : []),
    ].join("; ");
    const acts = [
      ...(refused ? [] : [act(`open ${key}`, "Open", name, () => state.open(key))]),
      act(`rename ${key}`, "Rename", name, () => {
        renaming = key;
        drawPlans();
        focusOn(`name ${key}`);
      }),
      act(`delete ${key}`, "Delete", name, () => {
        state.drop(key);
        focusOn("put back");
      }),
    ];
    if (!refused) return planRow(name, about, cells, acts);
    const row = planRow(name, about, [], acts);
    row.firstChild.colSpan = 5;
    return row;
  }

  function renameRow({ key, name }) {
    const input = el("input", "");
    input.value = name;
    input.maxLength = LONGEST_NAME;
    input.dataset.act = `name ${key}`;
    const leave = () => {
      renaming = null;
      drawPlans();
      focusOn(`rename ${key}`);
    };
    const form = el("form", "rename", el("label", "", `New name of “${name}” `, input), saveButton("Rename"), button("Leave it", leave));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!state.rename(key, input.value).refused) leave();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      leave();
    });
    const cell = el("td", "", form);
    cell.colSpan = 6;
    return el("tr", "", cell);
  }

  function saveButton(text) {
    const made = el("button", "", text);
    made.type = "submit";
    return made;
  }

  /* Keep */

  function keepPart() {
    const input = el("input", "");
    input.maxLength = LONGEST_NAME;
    input.autocomplete = "off";
    const form = el("form", "rename", el("label", "", "Name ", input), saveButton("Keep"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { refused } = state.keep(input.value);
      input.setAttribute("aria-invalid", String(refused !== undefined));
      if (refused === undefined) input.value = "";
      else input.focus();
    });
    const forget = el("div", "acts");
    parts.keep.body.append(form, hint(state.place), forget);
    drawForget();

    function drawForget() {
      if (!forgetting) {
        forget.replaceChildren(act("forget", "Forget everything", "that is kept in this browser", () => ask(true)));
        return;
      }
      forget.replaceChildren(
        el("span", "", "Forget all plans that workbenches kept in this browser, of other studies too? This cannot be undone."),
        button("Forget them", () => {
          state.forgetAll();
          ask(false);
        }),
        act("forget not", "Leave them", "", () => ask(false)),
      );
    }

    function ask(on) {
      forgetting = on;
      drawForget();
      focusOn(on ? "forget not" : "forget");
    }
  }

  /* Compare */

  function drawCompare() {
    const plans = openable();
    const pick = (label, side) => {
      if (!plans.some(({ id }) => id === chosen[side])) chosen[side] = side === "to" ? "now" : `start ${state.start}`;
      const at = plans.findIndex(({ id }) => id === chosen[side]);
      const made = chooser(label, plans.map(({ name }) => name), at, (k) => {
        chosen[side] = plans[k].id;
        drawCompare();
        state.say(compared().said);
      });
      made.list.dataset.act = `compare ${side}`;
      return made.label;
    };
    const choice = el("div", "acts", pick("From ", "from"), pick("To ", "to"));
    replace(parts.compare, choice, ...compared().nodes);
  }

  function compared() {
    const plans = openable();
    const [before, after] = ["from", "to"].map((side) => plans.find(({ id }) => id === chosen[side]));
    const [was, is] = [before, after].map(({ plan }) => state.figuresOf(plan));
    const continues = continuedBetween(before.plan, after.plan);
    const moved = movedSchools(before.plan, after.plan, continues);
    const { later, sooner } = changedDrives(problem, before.plan, after.plan);
    const zones = changedZones();
    const cost = costBetween(was, is);
    const said = [
      `${after.name} beside ${before.name}: ${moved.length ? `${plural(moved.length, "school is", "schools are")} in another zone` : "no school is in another zone"}.`,
      ...(cost === null ? [] : [`It ${costText(cost)}.`]),
      ...inWords(sooner, "sooner"),
      ...inWords(later, "later"),
      ...(sooner.length + later.length || !moved.length ? [] : ["No school is reached sooner or later."]),
    ].join(" ");
    const figures = rows.map((row) => {
      const texts = [was, is].map((one) => row.text(one) ?? `not computed: ${row.why(one)}`);
      const both = row.text(was) !== null && row.text(is) !== null;
      const by = both ? signed(row.value(is) - row.value(was), row.change, "–") : "–";
      return [row.name, ...texts, by === "–" ? by : `${row.of || ""}${by}`];
    });
    const drives = (list) => [...list.slice(0, LISTED_DRIVES).map(({ b, before_s, after_s, by_s }) => [problem.names[b], minutesText(before_s, 2), minutesText(after_s, 2), minutesChange(by_s)]),
      ...(list.length > LISTED_DRIVES ? [[`and ${list.length - LISTED_DRIVES} more`, "", "", ""]] : [])];
    const driveNames = ["School", "Before", "After", "Change"];
    const faults = [
      ...newFaults(was, is).map((fault) => `Broken in ${after.name} only: ${faultText(fault)}`),
      ...newFaults(is, was).map((fault) => `Broken in ${before.name} only: ${faultText(fault)}`),
    ];
    const nodes = [
      el("p", "", said),
      el("table", "bench-table beside", ...tableParts(["Figure", before.name, after.name, "Change"], figures, "")),
      ...(faults.length ? [el("ul", "listing", ...faults.map((text) => el("li", "", text)))] : []),
      ...listed(`Schools in another zone (${moved.length})`, moved.length, ["School", "From", "To"],
        moved.map(({ b, from, to }) => [problem.names[b], from, to])),
      ...listed(`Zones with other schools (${zones.length})`, zones.length, ["Zone", "Schools", "Expected travel", "Change"], zones),
      ...listed(`Schools reached later (${later.length})`, later.length, driveNames, drives(later)),
      ...listed(`Schools reached sooner (${sooner.length})`, sooner.length, driveNames, drives(sooner)),
      hint("Expected travel of a call at a school: over the streets, from where the officer of its zone is expected to be. Changes under half a second are left out."),
    ];
    return { said, nodes };

    /** Zones with other schools or another name: schools, travel of a call, change. */
    function changedZones() {
      const known = (plan, scored) => new Map(plan.zones.map((zone, k) => {
        const { group, size, travel_s } = scored.zones[k];
        const calls = group.reduce((sum, b) => sum + problem.calls[b], 0);
        return [zone.id, { members: zone.members.join(), size, mean_s: calls ? travel_s / calls : null }];
      }));
      const [old, now] = [known(before.plan, was), known(after.plan, is)];
      const mean = ({ mean_s }) => (mean_s === null ? "no calls" : minutesText(mean_s, 2));
      const changed = (one, other) => (one === other ? one : `${one} → ${other}`);
      const heirs = new Set(continues.values());
      const patrolled = (plan) => plan.zones.filter(({ kind }) => kind === "patrol").map(({ id }) => id);
      const going = patrolled(after.plan).flatMap((id) => {
        const [one, other] = [old.get(continues.get(id)), now.get(id)];
        if (!one) return [[id, String(other.size), mean(other), "new"]];
        if (one.members === other.members && continues.get(id) === id) return [];
        const by = one.mean_s === null || other.mean_s === null ? "–" : minutesChange(other.mean_s - one.mean_s);
        return [[changed(continues.get(id), id), changed(String(one.size), String(other.size)), changed(mean(one), mean(other)), by]];
      });
      const gone = patrolled(before.plan).filter((id) => !heirs.has(id));
      return [...going, ...gone.map((id) => [id, String(old.get(id).size), mean(old.get(id)), "gone"])];
    }
  }

  function minutesChange(seconds) {
    return signed(seconds, (s) => minutesText(s, 2), "no change");
  }

  /** Who gains or loses, in words, with whom it concerns most. */
  function inWords(list, way) {
    if (!list.length) return [];
    const [{ b, by_s }] = list;
    return [`A call is reached ${way} at ${plural(list.length, "school", "schools")}, most at ${problem.names[b]}: by ${minutesText(Math.abs(by_s), 2)}.`];
  }

  function listed(title, count, names, body) {
    return count ? [el("h4", "", title), longTable(title, names, body)] : [];
  }

  /* Log */

  function drawLog() {
    const { log } = state;
    if (!log.length) {
      replace(parts.log, hint("Nothing yet. Each edit is written down here, with the reason if you give one."));
      return;
    }
    const items = log.map(({ step, text, reason, change_s }, k) => {
      const input = el("input", "");
      input.defaultValue = reason;
      input.maxLength = LONGEST_REASON;
      input.dataset.act = `reason ${step}`;
      input.setAttribute("aria-label", `Reason for edit ${k + 1}: ${text}`);
      input.addEventListener("change", () => {
        state.setReason(step, input.value);
        input.defaultValue = input.value;
      });
      const cost = change_s === null ? "" : ` (${costText(change_s)})`;
      return el("li", "", el("span", "", `${text}${cost}`), el("label", "why", el("span", "hint", "Reason"), input));
    });
    const list = el("ol", "plans-log", ...items.reverse());
    list.reversed = true;
    replace(parts.log, hint("The last edit comes first. A reason helps whoever reads the plan later. You can leave it out, or add it at any time."), list);
  }

  /* Files */

  function filesPart() {
    const answer = el("div", "answer");
    const save = (name, type, make) => button(name, () => {
      const faults = planFaults(sheet, state.plan);
      if (faults.length && name !== "log.csv") {
        tellFaults({ headline: "The plan would change when it is read back", faults, remedy: "Rename these first." });
        return;
      }
      download(name, make(), type);
      // A frame without storage may have no downloads either, and no way to know.
      const doubt = state.lasts ? "" : " If there is none, open this page in a tab of its own.";
      state.say(`${name} was handed to the browser: look in the folder Downloads.${doubt}`);
    });
    const input = el("input", "");
    input.type = "file";
    input.accept = ".csv,.geojson,.json";
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (!file) return;
      // One byte more than is read says that the file is too large.
      const bytes = new Uint8Array(await file.slice(0, LARGEST_FILE_BYTES + 1).arrayBuffer());
      input.value = "";
      load(file.name, bytes);
    });
    parts.files.body.append(
      el("div", "acts",
        save("plan.csv", CSV_TYPE, () => planCsv(sheet, state.plan)),
        save("plan.geojson", JSON_TYPE, () => planGeojson(sheet, state.plan)),
        save("log.csv", CSV_TYPE, () => logCsv(state.log)),
        save("workbench.json", JSON_TYPE, () => everythingJson(sheet, state))),
      hint("plan.csv and plan.geojson are the plan that is open, for zoning check and zoning improve. workbench.json holds it with its log and locks, and all kept plans, to go on with on another computer."),
      el("label", "load", "Load a plan (CSV, GeoJSON) or workbench.json ", input),
      answer,
    );
    return { load };

    function load(name, bytes) {
      const everything = /\.json$/i.test(name) ? readEverything(name, new TextDecoder().decode(bytes)) : null;
      if (everything && everything.headline) {
        tellFaults(everything);
      } else if (everything) {
        const added = state.addRecords(everything.records);
        const open = openRecord(sheet, everything.records[0]);
        if (!open.refused) state.load({ ...open, origin: name, done: `Loaded ${name}` });
        tellNotes(`${plural(added, "plan is", "plans are")} new among the kept ones.`, open.refused ? [open.refused] : []);
      } else {
        const found = readPlanFile(sheet, name, bytes);
        if (!found.plan) {
          tellFaults(found);
          return;
        }
        state.load({ plan: found.plan, origin: name, done: `Loaded ${name}` });
        tellNotes(`${name} is open. Undo goes back to the plan before it.`, found.notes);
      }
    }

    function tellFaults({ headline, faults, remedy }) {
      const shown = faults.slice(0, 30);
      if (faults.length > shown.length) shown.push(`and ${faults.length - shown.length} more`);
      answer.className = "answer bad";
      answer.replaceChildren(el("p", "", `${headline}.`), el("ul", "", ...shown.map((text) => el("li", "", text))), el("p", "", remedy));
      state.say(`${headline}. ${faults.slice(0, 3).join(". ")}`);
    }

    function tellNotes(text, notes) {
      answer.className = "answer";
      answer.replaceChildren(el("p", "", text), el("ul", "", ...notes.map((note) => el("li", "", note))));
      state.say([text, ...notes].join(" "));
    }
  }

  /* The solver */

  function drawSolver() {
    const { check, improve, settings } = planCommands(sheet, state.plan, state.locked);
    const { zones, schools } = state.locked;
    const locked = [
      ...(zones.size ? [plural(zones.size, "zone", "zones")] : []),
      ...(schools.size ? [plural(schools.size, "school", "schools")] : []),
    ].join(" and ");
    const nodes = [
      hint(`Save plan.csv, under Files, in the folder in which you ran “zoning workbench”, and run there:${sheet.study ? "" : " put your study in the place of STUDY."}`),
      command("check", "Command that checks the plan", check),
      hint(`It scores the plan and tests every rule${sheet.unchecked.length ? ", those of your own too, which this page cannot" : ""}.`),
      ...(settings ? [
        hint("A locked name holds a character that shells read as more than text. Put these lines into the study, or rename what is locked, and run the command:"),
        command("settings", "Lines for the study", settings),
      ] : []),
      command("improve", "Command that lets the solver finish", improve),
      hint(locked
        ? `It keeps what is locked, ${locked}, and finds the best plan for all else${schools.size ? "; a locked school stays with at least half of the others of its zone" : ""}. Load finished/plan.csv to see it here.`
        : "Nothing is locked, so it finds the best plan of all. Lock zones or schools that are to stay, and the command says so."),
    ];
    replace(parts.solver, ...nodes);
  }

  function command(name, about, text) {
    // Pieces that are not torn at the marks of their options.
    const code = el("code", "command", ...text.split(/(?= --)/).map((piece) => el("span", "", piece)));
    code.tabIndex = 0;
    code.setAttribute("role", "textbox");
    code.setAttribute("aria-readonly", "true");
    code.setAttribute("aria-multiline", "true");
    code.setAttribute("aria-label", about);
    return el("div", "copy", code, act(`copy ${name}`, "Copy", about.toLowerCase(), () => copy(code)));
  }

  /** Copy a text, or select it where the browser does not let the page copy. */
  async function copy(node) {
    try {
      await navigator.clipboard.writeText(node.textContent);
      state.say("Copied.");
    } catch (error) {
      getSelection().selectAllChildren(node);
      state.say("The browser does not let the page copy: the text is selected, copy it with Ctrl + C.");
    }
  }
}
