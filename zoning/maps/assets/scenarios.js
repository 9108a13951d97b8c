"use strict";
/* Options with different schools: which marks an option has, and how they are drawn. Lines of
   other scripts that end in "// scenarios" are only in pages that have this one. */

/** Whether a mark is a school of an option, or one that it closes. */
function isOf(page, option, s) {
  const { present, closed } = page.scenarios;
  return present[option].includes(s) || closed[option].includes(s);
}

/** Whether a mark is on the map of an option, `beside` which another may be shown. */
function isThere(page, option, beside, s) {
  if (option < 0 || page.scenarios.present[option].includes(s)) return true;
  const { building, present } = page.scenarios;
  // A building that moves or is renamed has another mark here.
  if (present[option].some((other) => building[other] === building[s])) return false;
  return isOf(page, option, s) || (beside >= 0 && isOf(page, beside, s));
}

/** The mark of a mark's building that is on such a map; -1 where it is not. */
function markIn(page, option, beside, s) {
  const { building } = page.scenarios;
  if (isThere(page, option, beside, s)) return s;
  return building.findIndex((of, k) => of === building[s] && isThere(page, option, beside, k));
}

function markOfScenario(page, option, s, node, seen) {
  node.classList.toggle("off", !seen);
  node.classList.toggle("planned", option >= 0 && page.scenarios.planned[option].includes(s));
  node.classList.toggle("closed", option >= 0 && page.scenarios.closed[option].includes(s));
}

/** What the hover text of a school says besides. */
function scenarioLines(page, option, s) {
  if (option < 0) return [];
  const { planned, closed, names } = page.scenarios;
  if (planned[option].includes(s)) return [`Opens: ${names[option]}`];
  return closed[option].includes(s) ? [`Closed: ${names[option]}`] : [];
}

let pageOfScenarios = null;

/** The page with the schools of two options alone, to count them. */
function pageOfPair(from, to) {
  const page = pageOfScenarios;
  const { building, present } = page.scenarios;
  const of = new Set(present[to].map((s) => building[s]));
  const listed = (s) => present[to].includes(s) || (present[from].includes(s) && !of.has(building[s]));
  return { ...page, schools: page.schools.filter((_, s) => listed(s)) };
}
