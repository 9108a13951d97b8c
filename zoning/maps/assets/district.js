"use strict";
/* The page of one option: its zones, the schools by level and program, its figures. */

function districtPage({ page }) {
  const [option] = page.options;
  drawHead(page);
  document.getElementById("notices").append(el("li", "", NEXT_TO_IT));
  const drawn = districtMap(document.getElementById("map"), page, {
    about: `Map of the zones and schools: ${option.label}.`,
    nameHighSchools: true,
    story: (k, s) => schoolStory(page, k, s),
  });
  findSchool(document.getElementById("find"), page, {
    choose: (k) => {
      drawn.choose(k);
      drawn.goTo(k);
    },
    isListed: (k) => isThere(page, 0, -1, k), // scenarios
  });
  fill("shown-label", option.label);
  fill("shown-description", option.description);
  fill("shown-proof", option.proof);
  const figures = page.rows.map((row, f) => {
    const { value, spread } = option.figures[f];
    const cell = el("td", "", el("span", "value", value), " ", el("span", "spread", spread));
    return el("tr", "", headCell("row", row.label, row.meaning), cell);
  });
  fill("figures", el("tbody", "", ...figures));
  drawLevels();
  drawZoneTable("zone-table", page, 0);
  drawSchools();
  drawn.show(0);

  function drawLevels() {
    const programs = [...new Set(page.schools.flatMap((school) => school.programs))].sort();
    const count = (test) => String(page.schools.filter(test).length);
    const rows = page.look.symbols
      .filter((kind) => page.schools.some((school) => kindOf(page, school.level) === kind))
      .map((kind) => {
        const ofKind = (school) => kindOf(page, school.level) === kind;
        const parts = programs.map((p) => count((school) => ofKind(school) && school.programs.includes(p)));
        return [kind.name, ...parts, count(ofKind)];
      });
    const totals = programs.map((p) => count((school) => school.programs.includes(p)));
    rows.push(["All levels", ...totals, String(page.schools.length)]);
    fill("levels", ...tableParts(["Level", ...programs.map(capital), "Buildings"], rows, ""));
  }

  function drawSchools() {
    const zoneOf = new Map(option.zones.flatMap((zone) => zone.schools.map((s) => [s, zone])));
    const rows = page.schools.map((school, s) => [
      school.name,
      kindOf(page, school.level).name,
      school.programs.map(capital).join(", "),
      zoneOf.has(s) ? zoneOf.get(s).name : "none",
      zoneOf.has(s) ? zoneOf.get(s).officer : "none",
    ]);
    fill("school-table", ...tableParts(["School", "Level", "Program", "Zone", "Officer"], rows, ""));
  }

  return { drawn };
}
