"use strict";
/* What comes up when a school or a zone is hovered. */

const SCHOOLS_LISTED = 12;

function hoverBox(name, facts) {
  return el("div", "", el("strong", "", name), ...facts.map((text) => el("span", "", text)));
}

const NO_OFFICER = "No officer of its own";

function officersHere(zone, one, several) {
  return zone.officers === 1 ? `An officer ${one}` : `${zone.officers} officers ${several}`;
}

/** What the officers of a zone do. */
function officerFact(zone) {
  const schools = plural(zone.schools.length, "building", "buildings");
  if (zone.dedicated) return officersHere(zone, "stays at this building all day", "stay at this building all day");
  if (!zone.officers) return `${schools} without an officer of their own`;
  return zone.officer === "patrols" ? `One officer patrols ${schools}` : `One officer waits outside ${schools} and comes when called`;
}

/** A school: level, programs, who looks after it, and `more` sentences. */
function schoolHover(page, school, zone, more) {
  const facts = [kindOf(page, school.level).name, ...school.programs.map(capital)];
  if (zone) facts.push(zone.dedicated ? officersHere(zone, "is here all day", "are here all day") : zone.officers ? `In ${zone.name}` : NO_OFFICER);
  return hoverBox(school.name, [...facts, ...more]);
}

/** A zone: its high school, its officer and its schools. */
function zoneHover(page, zone, command) {
  const box = hoverBox(zone.name, [
    ...(command ? [`In ${command.name}, under one commander`] : []),
    ...(zone.high_school === null ? [] : [`${page.high_school_heading} ${zone.high_school}`]),
    officerFact(zone),
  ]);
  const list = el("ul", "");
  for (const k of zone.schools.slice(0, SCHOOLS_LISTED)) list.append(el("li", "", page.schools[k].name));
  const more = zone.schools.length - SCHOOLS_LISTED;
  if (more > 0) list.append(el("li", "", `and ${more} more`));
  box.append(list);
  return box;
}
