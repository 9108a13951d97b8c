"""The words that give a restricted file away: the one list that the audit goes by.

Names of columns, keys and layers come first, because they say what a value is.
Sentences count only as marks, or where they state a time, a route or a gap.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from zoning.editions import RESTRICTED_MARK, Edition
from zoning.staffing.figures import FIGURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Something that only a restricted file may hold.

    Attributes
    ----------
    what
        In a few words, for a finding.
    why
        Why it may not be public, one sentence.
    names
        Names of columns, keys and layers that mean it wherever they stand, in
        the form of `core_name`.
    of_a_place
        Names that mean it only in a row about a building or a zone.
    """

    what: str
    why: str
    names: frozenset[str] = frozenset()
    of_a_place: frozenset[str] = frozenset()


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


MARKED = Topic(what="the mark of a restricted file", why="The file itself says it is restricted.")
VISITS = Topic(
    what="visit times or the order of visits",
    why="Whoever knows when an officer comes and goes can avoid the officer.",
    names=_names(
        "arrival arrivals arrive arrives arrived departure departures depart departs departed "
        "visit visits visit_order visiting_order visit_sequence timetable itinerary "
        "patrol_schedule patrol_day patrol_days stops tracks arrival_lead arrival_lag day_start "
        "day_end in_arrival_window"
    ),
    of_a_place=_names("stop order sequence seq rank_in_route schedule"),
)
DWELL = Topic(
    what="time that officers spend at places",
    why="It tells when nobody is there.",
    names=_names("dwell dwells stay on_site on_spot officer_minutes officer_s officer_time"),
    of_a_place=_names("presence presence_index presence_share officer_share"),
)
ROUTES = Topic(
    what="patrol routes",
    why="They show where officers pass, and where they do not.",
    names=_names(
        "route routes route_note patrol_route patrol_routes officer_route paths patrol_path "
        "patrol_paths waypoints driving"
    ),
)
STAGING = Topic(
    what="staging points",
    why="They show where officers wait.",
    names=_names("staging staging_area staging_place waiting_place post_location"),
)
BY_SCHOOL = Topic(
    what="response or travel of single schools or zones",
    why="It shows which schools an officer reaches last.",
    names=_names(
        "responses reach isochrone isochrones response_surface changes_s speed_kinds "
        "response_by_building response_by_school response_by_zone travel_by_building "
        "travel_by_school changes_by_building building_response school_response "
        "worst_building worst_school worst_schools worst_building_mean worst_building_response "
        "slowest slowest_school slowest_schools slowest_building slowest_buildings "
        "longest_drive longest_drives longest_drive_before longest_drive_after diameter_s "
        "diameter_from diameter_to travel_s mean_s median_s p90_s mean_travel before_s after_s "
        "change_s weighted_change mean_travel_before mean_travel_after broken_rules"
    ),
    of_a_place=_names(
        "mean median p90 p95 band response_band calls calls_per_day before after change"
    ),
)
BUSY = Topic(
    what="how busy officers are",
    why="It tells when a call would have to wait.",
    names=_names("busy busy_fraction busy_share busy_percent utilisation utilization overloaded"),
)
GAPS = Topic(
    what="gaps in cover: windows, shifts, breaks or absences",
    why="They tell when and where no officer is.",
    names=_names(
        "uncovered uncovered_window uncovered_windows windows_covered windows_total "
        "windows_uncovered windows_not_covered unvisited not_visited gaps no_gaps coverage_gap "
        "coverage_gaps shift_gap shift_gaps shift shifts shift_start shift_end break breaks "
        "break_start break_end meal_break absence absences absent on_leave roster live_staffing"
    ),
)
OFFICERS = Topic(
    what="officers or their vehicles by name or number",
    why="No file of any edition names them.",
    names=_names(
        "officer_name officer_names name_of_officer officer_no officer_number badge badges "
        "badge_no badge_number call_sign callsign vehicle vehicle_no vehicle_number "
        "licence_plate license_plate radio_no radio_number"
    ),
)
SEEDS = Topic(
    what="a random seed",
    why="With it the exact timetable can be computed again.",
    names=_names("seed seeds random_seed rng_seed random_state"),
)
LAYER = Topic(
    what="the restricted part of a page",
    why="The page's data or code is that of a restricted edition.",
    names=_names("restricted restricted_layer restricted_view restricted_option"),
)
FIGURE = Topic(
    what="a restricted figure",
    why="The catalogue of figures gives it to the restricted edition only.",
    names=frozenset(
        column.removesuffix("_s")
        for figure in FIGURES
        if figure.edition is Edition.RESTRICTED
        for column in figure.columns
    ),
)
TOPICS = (VISITS, DWELL, ROUTES, STAGING, BY_SCHOOL, BUSY, GAPS, OFFICERS, SEEDS, LAYER, FIGURE)

# Public data use these too, so only what stands around them can tell: a key above them
# (`UNDER_RESTRICTED`), or the sentence they hold.
ALSO_PUBLIC = _names("mark rows options figures notices notes zone label value edition name")
UNDER_RESTRICTED = _names("mean p90 band bands grounds thresholds start end school bells why")

RESTRICTED_LABELS = frozenset(
    text.casefold()
    for figure in FIGURES
    if figure.edition is Edition.RESTRICTED
    for text in (figure.label, figure.meaning)
)
# What a public record says in place of a value.
WITHHELD_VALUES = (
    "library defaults",
    "withheld",
    "set by the planner, withheld in the public edition",
    "not computed",
)
# In program code a short word says nothing; these are nobody else's.
CODE_NAMES = _names(
    "dwell_s arrival_s departure_s in_arrival_window travel_s route_note windows_covered "
    "windows_total unvisited_ids officer_minutes responses slowest arrival_lead_s arrival_lag_s"
) | {column for f in FIGURES if f.edition is Edition.RESTRICTED for column in f.columns}
RESTRICTED_CODE = re.compile(
    r"\brestricted[A-Z]\w*|\.restricted\b|\bpatrolDay[A-Z]?\w*|\bwhereabouts\s*\("
    r"|\[['\"]restricted['\"]\]"
)

# Tables that are restricted as a whole, by columns they have together.
RESTRICTED_TABLES: tuple[tuple[frozenset[str], Topic], ...] = (
    (_names("zone_id rule reason"), BY_SCHOOL),
)
PLACE_COLUMNS = _names(
    "building building_ids building_id building_name school school_name school_id campus "
    "campus_name campus_id zone zone_id zone_name post post_id"
)
_TIMING = _names(
    "response responses travel drive driving reach wait waiting delay minutes seconds min mins "
    "sec secs eta p90 p95 percentile"
)
_NOT_TIMING = _names("bell dismissal start opens closes grade grades factor profile source")

_CLOCK = r"\b\d{1,2}:\d{2}(?::\d{2})?\b"
_SCHOOL_END = r"(?:Elementary|Primary|Middle|High|Academy|School|Campus)"
SENTENCES: tuple[tuple[re.Pattern[str], Topic], ...] = (
    (re.compile(r"^\s*RESTRICTED\s*(?:$|[:·|–-])"), MARKED),
    (re.compile(r"\bnot for publication\b", re.IGNORECASE), MARKED),
    (
        re.compile(
            r"\b(?:arriv(?:es?|ed|als?|ing)|depart(?:s|ed|ures?|ing)?|leav(?:es?|ing)|"
            r"visit(?:s|ed|ing)?|dwells?|shifts?|breaks?)\b"
            rf"(?:\s+\S+){{0,4}}?\s+{_CLOCK}",
            re.IGNORECASE,
        ),
        VISITS,
    ),
    (re.compile(rf"\b[Tt]he day from {_CLOCK} to {_CLOCK} is too short"), GAPS),
    (re.compile(r"\bbusy with calls\s+[\d.]+\s*%", re.IGNORECASE), BUSY),
    (re.compile(r"\bmore calls than one officer can serve:"), BUSY),
    (re.compile(r"\bslowest (?:school|building)s?\b[^.]{0,60}\d", re.IGNORECASE), BY_SCHOOL),
    (re.compile(r"^\s*slowest (?:school|building)s?\b", re.IGNORECASE), BY_SCHOOL),
    # "Lincoln Elementary: mean response 5.4 min"; a name of an option does not end so.
    (
        re.compile(
            rf"\b[A-Z][\w.'&-]{{1,40}} {_SCHOOL_END}\b[,:]?\s+(?:[A-Za-z]+ ){{0,3}}?"
            r"\d+(?:\.\d+)? min\b"
        ),
        BY_SCHOOL,
    ),
    (re.compile(r"\S to \S.{0,60} is \d+(?:\.\d+)? min, over \d"), BY_SCHOOL),
    (re.compile(r"--seed[ =]\d+|\b(?:seed\s*=|random seed\W{1,3})\s*[1-9]\d*\b"), SEEDS),
)

_MARK = "".join(RESTRICTED_MARK.split()).casefold()
# Without one of these no sentence above can match: most texts are done with after one search.
_TRIGGER = re.compile(
    r"restricted|publication|arriv|depart|leav|visit|dwell|shift|break|too short|busy|serve"
    r"|slowest|seed|\bmin\b|r\s*e\s*s\s*t\s*r\s*i\s*c",
    re.IGNORECASE,
)
_UNITS = _names("s sec secs seconds min mins minutes h hr hrs hours m km mi miles hhmm hh mm ss")
_FILLERS = _names(
    "the of at a an per time times planned actual expected id ids point points number by"
)
_SCHOOL_NAME = re.compile(rf"{_SCHOOL_END}\b|^Zone \w+$|^Post \w+$")
_AMOUNT = re.compile(
    r"^[<>~≈]?\s*-?\d[\d,]*(?:\.\d+)?\s*(?:s|sec|seconds|min|mins|minutes)?$"
    r"|^\d{1,3}:\d{2}(?::\d{2})?$|^\d+ min(?:utes)? \d+ s(?:ec|econds)?$"
)
_BELLS = _names("bell bells")
_BY_NAME = {name: topic for topic in TOPICS for name in topic.names}
_BY_PLACE = {name: topic for topic in TOPICS for name in topic.of_a_place}
# In a name that a program made (a_b_c) any of these words is enough.
_TELLING = {
    word: topic
    for topic, words in (
        (VISITS, "arrival departure timetable itinerary"),
        (DWELL, "dwell"),
        (STAGING, "staging"),
        (BY_SCHOOL, "slowest isochrone isochrones"),
        (GAPS, "unvisited uncovered absence absences"),
        (OFFICERS, "badge"),
    )
    for word in words.split()
}


def words_of(name: str) -> list[str]:
    """The words of a name in lower case: ``Arrival_s``, ``arrivalS`` and ``Arrival (s)`` alike."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.findall(r"[a-z0-9]+", apart.casefold())


def core_name(name: str) -> str:
    """A name without units and fillers, its words joined by underscores."""
    words = words_of(name)
    kept = [w for w in words if w not in _UNITS and w not in _FILLERS]
    return "_".join(kept or words)


def topic_of_name(name: str) -> Topic | None:
    """What a column, key or layer of this name holds, if the name alone tells."""
    words = words_of(name)
    if not words or len(words) > 6:
        return None
    known = _BY_NAME.get("_".join(words)) or _BY_NAME.get(core_name(name))
    if known is not None or " " in name.strip():
        return known
    if not _BELLS.isdisjoint(words):
        return None
    return next((_TELLING[word] for word in words if word in _TELLING), None)


def topic_in_row_of_place(name: str) -> Topic | None:
    """What a column of amounts holds in a table of buildings or zones."""
    words = words_of(name)
    known = _BY_PLACE.get("_".join(words)) or _BY_PLACE.get(core_name(name))
    if known is not None:
        return known
    is_share = words[:2] == ["share", "within"] or words[:1] == ["within"]
    if is_share or (not _TIMING.isdisjoint(words) and _NOT_TIMING.isdisjoint(words)):
        return BY_SCHOOL
    return None


def names_a_place(name: str) -> bool:
    """Whether a column of this name says which building or zone a row is about."""
    return "_".join(words_of(name)) in PLACE_COLUMNS


def are_places(values: Iterable[object]) -> bool:
    """Whether most of the values read like names of schools or of zones."""
    texts = [v for v in values if isinstance(v, str) and v.strip()]
    return len(texts) > 1 and 2 * sum(bool(_SCHOOL_NAME.search(t)) for t in texts) > len(texts)


def is_amount(value: object) -> bool:
    """Whether a cell is a number, a duration or a clock time."""
    if isinstance(value, str):
        return _AMOUNT.match(value.strip()) is not None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not math.isnan(value)


def is_withheld(value: object) -> bool:
    """Whether a value says only that there is none to see."""
    if isinstance(value, str):
        return value.strip().casefold() in WITHHELD_VALUES
    return value is None


def stated(text: str) -> dict[Topic, int]:
    """What a text states that only a restricted file may say, and where it begins."""
    found: dict[Topic, int] = {}
    if _TRIGGER.search(text):
        for pattern, topic in SENTENCES:
            if match := pattern.search(text):
                found.setdefault(topic, match.start())
        if _MARK in "".join(text.split()).casefold():
            found[MARKED] = max(0, text.casefold().find(_MARK[:8]))
    if len(text) < 200 and text.strip().casefold() in RESTRICTED_LABELS:
        found[FIGURE] = 0
    return found
