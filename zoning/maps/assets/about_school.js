"use strict";
/* What is said of one school: who looks after it, whether it feeds the high school of its zone,
   and which zones the schools next to it are in. Facts of the plan: an optimised plan has no
   single cause for one school. Nothing here is a time, a distance or a cost. */

const NAMES_LISTED = 8;
const NOT_CAUSES = "Facts, not causes: a plan is made for all schools together. Lines lead to the schools next to it, dashed ones into other zones.";
const NEXT_TO_IT = "A school is next to another where the ground nearest to the one meets the ground nearest to the other. What is said of a school comes from the plan, the schools' feeders and this map alone.";

function zoneOfSchool(page, option, s) {
  return option < 0 ? undefined : page.options[option].zones.find((zone) => zone.schools.includes(s));
}

/** The schools next to a school, and which of them are in its zone. */
function neighboursOf(page, option, s) {
  const lists = option < 0 ? undefined : page.neighbours[page.options[option].neighbours];
  if (!lists) return { all: [], here: [] };
  const all = page.schools.map((_, k) => k).filter((k) => lists[s].includes(k) || lists[k].includes(s));
  const zone = zoneOfSchool(page, option, s);
  return { all, here: zone ? all.filter((k) => zone.schools.includes(k)) : [] };
}

/** {name, facts, sentences, links}; `links` are the schools to which lines are drawn on a map. */
function schoolStory(page, option, s) {
  const school = page.schools[s];
  const zone = zoneOfSchool(page, option, s);
  const facts = [kindOf(page, school.level).name, ...school.programs.map(capital)];
  const nothing = { all: [], here: [] };
  const told = (sentences, links = nothing) => ({ name: school.name, facts, sentences, links });
  const ofScenario = scenarioLines(page, option, s).map((line) => `${line}.`); // scenarios
  if (ofScenario.length && !zone) return told(ofScenario); // scenarios
  if (!zone) return told(["This option has no zones."]);
  if (!zone.officers) return told([`${NO_OFFICER}.`]);
  if (zone.dedicated) {
    return told([`${officerFact(zone)}, so the school is a zone by itself.`]);
  }
  facts.push(zone.name);
  const links = neighboursOf(page, option, s);
  const sentences = [`${officerFact(zone)}.`, ...alignmentSentences(page, zone, s), ...neighbourSentences(page, option, links)];
  sentences.unshift(...ofScenario); // scenarios
  return told(sentences, links);
}

/** Whether a school feeds the high school of its zone, and how many of the zone's others do. */
function alignmentSentences(page, zone, s) {
  if (zone.high < 0) return [];
  const school = page.schools[s];
  const high = page.high_schools[zone.high];
  const isHigh = school.holds.includes(zone.high);
  return [isHigh ? "It is the high school of this zone." : feederSentence(page, school, zone.high, high),
    ...feederCount(page, zone, s, high, isHigh)];
}

function feederSentence(page, school, number, high) {
  if (school.holds.length) return `It is a high school itself; the high school of this zone is ${high}.`;
  const fed = [...new Set(school.feeds.flat())];
  if (!fed.length) {
    const program = ["a magnet", "an alternative"].find((p) => school.programs.includes(p.split(" ")[1]));
    const teachesHigh = ["high", "secondary", "combined"].includes(school.level);
    const alone = teachesHigh ? "no school feeds" : "feeds no high school";
    const unknown = teachesHigh ? "No school is known to feed it" : "It is not known which high school it feeds";
    return `${program ? `It is ${program} school that ${alone}` : unknown}; the high school of this zone is ${high}.`;
  }
  const feeds = `It feeds ${joinNames(fed.map((h) => page.high_schools[h]), NAMES_LISTED + 1)}`;
  if (!fed.includes(number)) return `${feeds}, but the high school of this zone is ${high}.`;
  if (fed.length === 1) return `${feeds}, the high school of this zone.`;
  return `${feeds}; the high school of this zone is ${high}.`;
}

/** Of the zone's feeder schools, also those in a building with a high school, those that feed another. */
function feederCount(page, zone, s, high, isHigh) {
  const feeders = zone.schools.map((k) => page.schools[k]).flatMap((school) => school.feeds);
  const others = feeders.filter((fed) => !fed.includes(zone.high)).length;
  if (!feeders.length || (feeders.length === 1 && !isHigh)) return [];
  const it = isHigh ? "it" : high;
  if (feeders.length === 1) return [`The one feeder school of this zone feeds ${others ? "another" : it}.`];
  if (!others && feeders.length === 2) return [`Both feeder schools of this zone feed ${it}.`];
  if (!others) return [`All ${feeders.length} feeder schools of this zone feed ${it}.`];
  return [`${others} of the ${feeders.length} feeder schools of this zone ${others === 1 ? "feeds" : "feed"} another.`];
}

/** Which of the schools next to a school are in its zone, and in which zones the others are. */
function neighbourSentences(page, option, { all, here }) {
  if (!all.length) return ["No other school is next to it."];
  const names = (schools) => joinNames(schools.map((k) => page.schools[k].name), NAMES_LISTED + 1);
  const [count, of] = [all.length, here.length];
  const first = count === 1
    ? `The one school next to it is ${of ? "" : "not "}in this zone`
    : of === count ? `${count === 2 ? "Both" : `All ${count}`} schools next to it are in this zone`
      : `${of || "None"} of the ${count} schools next to it ${of > 1 ? "are" : "is"} in this zone`;
  const elsewhere = new Map();
  for (const k of all) {
    if (here.includes(k)) continue;
    const zone = zoneOfSchool(page, option, k);
    const where = !zone || !zone.officers ? NO_OFFICER : zone.dedicated ? "With an officer of its own" : `In ${zone.name}`;
    elsewhere.set(where, [...(elsewhere.get(where) || []), k]);
  }
  const sentences = [of ? `${first}: ${names(here)}.` : `${first}.`];
  let left = count - of;
  for (const [where, schools] of [...elsewhere].sort((a, b) => b[1].length - a[1].length)) {
    if (count - of - left >= NAMES_LISTED) return [...sentences, `${left} more in other zones.`];
    sentences.push(`${where}: ${names(schools)}.`);
    left -= schools.length;
  }
  return sentences;
}

/** The box below a map in which a school's story stands; empty until there is one. */
function storyBox(close) {
  const box = el("section", "story");
  box.setAttribute("aria-label", "The school chosen");
  const text = el("div", "told");
  text.setAttribute("aria-live", "polite");
  const shut = el("button", "shut", "×");
  shut.type = "button";
  shut.setAttribute("aria-label", "Close what is said of this school");
  shut.addEventListener("click", close);
  box.append(text);
  return {
    box,
    tell(story) {
      if (!story) {
        text.replaceChildren();
        shut.remove();
        return;
      }
      const head = el("p", "of-school", el("strong", "", story.name), " ", el("span", "", story.facts.join(" · ")));
      const lines = [el("p", "", story.sentences.join(" "))];
      if (story.links.all.length) lines.push(el("p", "basis", NOT_CAUSES));
      text.replaceChildren(head, ...lines);
      box.prepend(shut);
      box.scrollTop = 0;
    },
  };
}
