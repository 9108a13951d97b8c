"use strict";
/* What comes up when a school or a zone is hovered. */

const SCHOOLS_LISTED = 12;

function hoverBox(name, facts) {
  return el("div", "", el("strong", "", name), ...facts.map((text) => el("span", "", text)));
}

/** A school: level, programs, who looks after it, and `more` sentences. */
function schoolHover(page, school, zone, more) {
  const facts = [kindOf(page, school.level).name, ...school.programs.map(programName)];
  if (zone) facts.push(zone.dedicated ? "An officer is here all day" : `In ${zone.name}`);
  return hoverBox(school.name, [...facts, ...more]);
}

/** A zone: its high school, its officer and its schools. */
function zoneHover(page, zone, command) {
  const box = hoverBox(zone.name, [
    ...(command ? [`In ${command.name}, under one commander`] : []),
    ...(zone.high_school === null ? [] : [`${page.high_school_heading} ${zone.high_school}`]),
    zone.dedicated
      ? "One officer stays at this building all day"
      : `One officer patrols ${plural(zone.schools.length, "building", "buildings")}`,
  ]);
  const list = el("ul", "");
  for (const k of zone.schools.slice(0, SCHOOLS_LISTED)) list.append(el("li", "", page.schools[k].name));
  const more = zone.schools.length - SCHOOLS_LISTED;
  if (more > 0) list.append(el("li", "", `and ${more} more`));
  box.append(list);
  return box;
}
