"use strict";
/* What changes for which schools from one option to another. A lens is one way to
   look at that: its kinds of change, and which of them each school has. */

/** The lens of the public page: who looks after a school. */
function careLens(changes) {
  return {
    name: "Who looks after a school",
    kinds: changes.kinds,
    /** Position of the kind of change of a school, or the number of kinds for none. */
    kindOf: (before, after, s) => Number(changes.between[before][after][s]),
    kindOf: (before, after, s) => parseInt(changes.between[before][after][s], 36), // scenarios
  };
}

/**
 * Draw into the elements of the view. `lenses` after the first and `columns` of the
 * table ({name, text(before, after, s)}) come from the other edition.
 */
function changesView({ page, changes }, chosen, { lenses, columns, tell }) {
  const [before, after] = [0, 1].map((h) => chooser(
    h ? "To" : "From", page.options.map((option) => option.label), chosen[h], () => show(true),
  ));
  const all = [careLens(changes), ...lenses];
  let lens = all[0];
  let patches = [];
  const turn = el("button", "turn", "Swap");
  turn.type = "button";
  turn.addEventListener("click", () => {
    [before.list.value, after.list.value] = [after.list.value, before.list.value];
    show(true);
  });
  fill("change-choice", before.label, after.label, turn, ...(all.length > 1 ? [lensChoice()] : []));
  const drawn = districtMap(document.getElementById("map-changes"), page, {
    about: "Map of the schools for which something changes, over the zones of the second option.",
    story: (k, s) => {
      const told = schoolStory(page, k, s);
      return { ...told, sentences: [...carers(s).map((text) => `${text}.`), ...told.sentences] };
    },
  });
  drawn.element.classList.add("quiet");
  drawn.addSchoolLines((_, s) => {
    const [from, to] = pair();
    return [
      ...carers(s),
      ...columns.map((column) => `${column.name}: ${column.text(from, to, s)}`),
    ];
  });
  show(false);

  function pair() {
    return [Number(before.list.value), Number(after.list.value)];
  }

  /** Who looks after a school before and after. */
  function carers(s) {
    const [from, to] = pair();
    return [`Before: ${changes.words[changes.care[from][s]]}`, `After: ${changes.words[changes.care[to][s]]}`];
  }

  function lensChoice() {
    const set = el("fieldset", "lenses", el("legend", "", "Marks show"));
    all.forEach((each, k) => {
      const input = el("input", "");
      input.type = "radio";
      input.name = "lens";
      input.checked = k === 0;
      input.addEventListener("change", () => {
        lens = each;
        show(true);
      });
      set.append(el("label", "", input, each.name));
    });
    return set;
  }

  function show(aloud) {
    const [from, to] = pair();
    drawn.showBeside(from); // scenarios
    drawn.show(to);
    drawn.setCaption(`From ${page.options[from].label} to ${page.options[to].label}`);
    const of = page.schools.map((_, s) => lens.kindOf(from, to, s));
    of.forEach((kind, s) => {
      const look = lens.kinds[kind];
      drawn.setMark(s, look ? badge(look.sign, look.fill, look.ink) : null);
    });
    const holder = document.getElementById("map-changes");
    holder.classList.toggle("all-marked", of.every((kind) => kind < lens.kinds.length));
    const counts = lens.kinds.map((_, kind) => of.filter((k) => k === kind).length);
    drawLegend(counts);
    drawSummary(counts);
    drawHeadlines(from, to);
    drawTable(from, to);
    const said = lens.kinds.flatMap((kind, k) => (counts[k] ? [`${kind.name}: ${counts[k]}`] : []));
    if (aloud) tell(`From ${page.options[from].label} to ${page.options[to].label}. ${said.join(", ") || "No change"}.`);
  }

  function patchOf(kind) {
    return el("span", "swatch", badge(kind.sign, kind.fill, kind.ink));
  }

  function drawLegend(counts) {
    patches.forEach((item) => item.remove());
    patches = lens.kinds.flatMap((kind, k) => (counts[k] ? [drawn.addLegend(patchOf(kind), capital(kind.name))] : []));
  }

  function drawSummary(counts) {
    const page = pageOfPair(...pair()); // scenarios
    const rows = lens.kinds.flatMap((kind, k) => {
      if (!counts[k]) return [];
      const head = headCell("row", patchOf(kind));
      head.append(capital(kind.name));
      return [el("tr", "", head, el("td", "value", String(counts[k])))];
    });
    const rest = page.schools.length - counts.reduce((sum, count) => sum + count, 0);
    const spare = el("span", "swatch");
    const last = headCell("row", spare);
    last.append(lens.none || "No change");
    rows.push(el("tr", "", last, el("td", "value", String(rest))));
    const heads = el("tr", "", headCell("col", lens.name), headCell("col", "Schools"));
    fill("change-summary", el("thead", "", heads), el("tbody", "", ...rows));
  }

  function drawHeadlines(from, to) {
    const names = ["Figure", page.options[from].label, page.options[to].label];
    const rows = page.rows.map((row, f) =>
      [row.label, page.options[from].figures[f].value, page.options[to].figures[f].value]);
    fill("change-figures", ...tableParts(names, rows, ""));
  }

  function drawTable(from, to) {
    const kinds = [...all[0].kinds.map((kind) => capital(kind.name)), "No change"];
    const listed = page.schools.map((_, s) => ({ s, kind: all[0].kindOf(from, to, s) }));
    const rows = listed
      .filter(({ s, kind }) => kind < all[0].kinds.length || all.some((each) => each.kinds[each.kindOf(from, to, s)]))
      .sort((a, b) => a.kind - b.kind || a.s - b.s)
      .map(({ s, kind }) => [
        page.schools[s].name,
        kindOf(page, page.schools[s].level).name,
        kinds[kind],
        changes.words[changes.care[from][s]],
        changes.words[changes.care[to][s]],
        ...columns.map((column) => column.text(from, to, s)),
      ]);
    const names = ["School", "Level", "Change", "Before", "After", ...columns.map((column) => column.name)];
    fill("change-table", ...tableParts(names, rows, "Nothing changes for any school."));
  }

  return { pair, maps: [drawn] };
}
