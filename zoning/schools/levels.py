"""Find the level and the program of a school from words, codes, or its grades."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from zoning.errors import list_values
from zoning.schools.cells import as_text, is_missing
from zoning.schools.table import NAMES, Table, plain_name
from zoning.units import counted

LEVELS: Final = ("elementary", "k-8", "middle", "secondary", "high", "combined")
LEAVE_OUT: Final = "leave out"
PROGRAMS: Final = ("resides", "magnet", "alternative", "virtual")
PROGRAM_WORDS: Final = {p: p for p in PROGRAMS} | {"resides": "neighbourhood school"}
"""The names of programs for readers."""

# Elementary, middle and high grades, in this order; what a school teaches of them is its level.
_BANDS: Final = {
    "E": "elementary",
    "M": "middle",
    "H": "high",
    "EM": "k-8",
    "MH": "secondary",
    "EH": "combined",
    "EMH": "combined",
}
# Words of a level, longer ones first, with the bands they stand for; of the last, none.
_WORDS: Final = (
    (r"(?:junior|jr) ?(?:senior|sr)(?: high)?|jshs", "MH"),
    (r"(?:junior|jr)(?: high)?|jhs|jh", "M"),
    (r"(?:senior|sr)(?: high)?|shs|sh", "H"),
    (r"p?k ?12|all grades|all levels|combined|combination", "EMH"),
    (r"p?k ?8", "EM"),
    (r"elementary|elem|el|es|e|primary|prim|p|pre ?kindergarten|preschool|early childhood", "E"),
    (r"middle|mid|ms|m|intermediate", "M"),
    (r"secondary|sec", "MH"),
    (r"high|hs|h", "H"),
    (r"schools?|schl?|grades?|level|public|and", ""),
)
_WORD: Final = re.compile(
    "|".join(f"(?P<w{k}>{words})(?![a-z0-9])" for k, (words, _) in enumerate(_WORDS))
)
# ELEMENTARYMIDDLE, as Philadelphia writes it.
_RUN_TOGETHER: Final = re.compile(r"(elementary|middle|junior)(?=middle|junior|senior|high)")
# Field LEVEL of the Common Core of Data (NCES). Its primary schools reach up to grade 8, so
# that grades, where they are known, tell more.
_CODES: Final = {"1": "elementary", "2": "middle", "3": "high", "primary": "elementary"}
# What stands in a level column and is no level; 4 is NCES's "other".
_NO_LEVEL: Final = frozenset(
    {"0", "4", "n", "other", "ungraded", "adult", "adult education", "adult school", "unknown"}
    | {"not applicable", "not reported", "other combination"}
)

_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
_PREKINDERGARTEN, _KINDERGARTEN = -1, 0
_GRADES: Final = (
    dict.fromkeys(("pk", "pk3", "pk4", "p", "p3", "p4", "ps", "ec", "ee", "it", "tk"), -1)
    | dict.fromkeys(("3k", "4k"), -1)
    | dict.fromkeys(("k", "kg", "kn", "kf", "kdg", "0k"), 0)
    | {text: n for n in range(14) for text in (str(n), f"{n:02}")}
)
# Ungraded, adult education, special education: no grade by itself.
_NO_GRADE: Final = ("ug", "ae", "se")
_GRADE: Final = re.compile(
    "|".join(sorted({*_GRADES, *_NO_GRADE}, key=lambda word: -len(word))) + r"|[ ,;&/-]+"
)

# A single grade, such as 6 or EC, is a code of some list in a column of levels.
_SPAN: Final = re.compile(r"k|\d\D+\d|[a-z]\W*\d|grade")
# Words beside grades, as in "Elementary School (K-8)"; the grades are more precise.
_BESIDE: Final = re.compile(
    r"[()]|\b(?:elementary|elem|primary|middle|intermediate|junior|senior|high|secondary|schools?)\b"
)

# Words of a level in the name of a school, together where they follow each other.
_LEVEL_WORD: Final = (
    r"(?:elementary|elem|middle|intermediate|primary|secondary|preschool|early childhood"
    r"|(?:(?<!king )(?<!king, )(?:junior|jr)\.?(?: ?[/&-] ?| and | ))?(?:(?:senior|sr)\.? )?high"
    r"|ES|EL|MS|HS|JHS|SHS|H\.? ?S|k ?- ?(?:8|12))"
)
_NAMED_LEVEL: Final = re.compile(
    rf"(?<![\w'-]){_LEVEL_WORD}(?:(?: ?[/&-] ?| and | ){_LEVEL_WORD})*(?![\w'])", re.IGNORECASE
)
_SHORT_WORD: Final = 3  # letters: ES, HS, JHS

Grades = tuple[int, int]


class Level(NamedTuple):
    """The meaning of a cell of a level column.

    Attributes
    ----------
    level
        One of `LEVELS`; None if the cell gives none by itself.
    how
        ``word``, ``name`` (a word in the school's name), ``grades``, ``date``
        (grades that a spreadsheet took for a date), ``code`` (of NCES), ``none``
        (says that it has none, or is empty) or ``unknown``. Known grades of the
        school are more precise than a ``code``.
    """

    level: str | None
    how: str


def level_of(value: Any, given: Mapping[str, str] | None = None) -> Level:
    """Parse the level of a cell; `given` maps plain values to levels and takes precedence."""
    text = as_text(value)
    key = "" if text is None else plain(text)
    dated = _grades_of_date(key)
    found = Level(None, "unknown")
    if given and key in given:
        found = Level(given[key], "word")
    elif text is None or key in _NO_LEVEL or is_missing(text, letters=False):
        found = Level(None, "none")
    elif key in _CODES:
        found = Level(_CODES[key], "code")
    elif (bands := _bands_of_words(key)) is not None:
        found = Level(_BANDS[bands], "word")
    elif dated is not None:
        found = Level(level_of_grades(dated), "date")
    elif _SPAN.search(key) and (span := as_grades(_BESIDE.sub(" ", key))) is not None:
        found = Level(level_of_grades(span), "grades")
    return found


def level_in_name(value: Any) -> Level:
    """Find the level in the name of a school: its last words of one count.

    ``Middle River Elementary`` is elementary, ``Jr/Sr High School at Lake``
    secondary; short words count in capitals only (``ABLE HS``, not ``Ms Able``).
    """
    text = as_text(value) or ""
    found = [
        match
        for match in _NAMED_LEVEL.finditer(text)
        if len(match[0]) > _SHORT_WORD or match[0].isupper()
    ]
    words = re.sub(r"\bh\.? ?s\b", "hs", found[-1][0].casefold()) if found else ""
    bands = _bands_of_words(words)
    return Level(None, "unknown") if bands is None else Level(_BANDS[bands], "name")


def level_of_grades(span: Grades) -> str:
    """Find a school's level from its lowest and highest grade (-1 prekindergarten, 0 K).

    One grade beyond a level does not make a school span two: K-6 is elementary,
    5-8 middle, 6-9 middle, 8-12 high. K-7 and K-8 are ``k-8``, 6-12 and 7-12
    secondary, K-9 and more combined. These are the lines of
    NCES's field LEVEL, except for K-8, a primary school there, and for schools
    that end at grade 5 or 6.
    """
    low, high = span
    if high <= 5 or (high == 6 and low <= 4):
        return "elementary"
    if high <= 8:
        return "k-8" if low <= 3 else "middle"
    if high == 9:
        return "combined" if low <= 3 else "high" if low == 9 else "middle"
    if low >= 8:
        return "high"
    return "secondary" if low >= 4 else "combined"


def as_grades(value: Any) -> Grades | None:
    """Parse lowest and highest grade of a span: ``K-5``, ``PK - 08`` or ``6,7,8``; or None."""
    text = as_text(value)
    if text is None or is_missing(text):
        return None
    if (dated := _grades_of_date(text)) is not None:
        return dated
    short = plain(text).lstrip("'").replace("–", "-").replace("—", "-").rstrip(".")
    short = re.sub(r"pre-? ?k(?:indergarten)?|pre-? ?school", "pk", short)
    short = re.sub(r"kindergarten|kinder", "k", short)
    short = re.sub(r"grades?|schools?|gr(?=[ p\d])", " ", short)
    short = re.sub(r"(?<=\d)(?:st|nd|rd|th)", "", short)
    short = re.sub(r"\b(?:to|through|thru|and)\b", "-", short).strip()
    found = []
    while short:
        match = _GRADE.match(short)
        if match is None:
            return None
        found.append(match.group())
        short = short[match.end() :]
    grades = [_GRADES[word] for word in found if word in _GRADES]
    return (min(grades), min(max(grades), 12)) if grades else None


def as_span(low: Any, high: Any) -> Grades | None:
    """Parse lowest and highest grade from two cells; None if they give no span."""
    first, last = as_grades(low), as_grades(high)
    if last is None or last[1] < _KINDERGARTEN:
        return last if first == last else None
    if first is None and plain(as_text(low) or "") == "-1":  # so some tables write it
        first = (_PREKINDERGARTEN, _PREKINDERGARTEN)
    return None if first is None or first[0] > last[1] else (first[0], last[1])


def plain(text: str) -> str:
    """Normalise a value of a level column: lower case, single blanks, 1 for 1.0 or 01."""
    short = " ".join(text.casefold().split())
    number = re.fullmatch(r"0*(\d+)(?:\.0+)?", short)
    return number.group(1) if number else short


def _bands_of_words(key: str) -> str | None:
    """Find the bands that words such as ``jr/sr high school`` name, in order; None if none."""
    apart = _RUN_TOGETHER.sub(r"\1 ", key)
    text = " ".join(re.split(r"[^a-z0-9]+", apart)).strip()
    bands: set[str] = set()
    while text:
        match = _WORD.match(text)
        if match is None or match.lastgroup is None:
            return None
        bands |= set(_WORDS[int(match.lastgroup[1:])][1])
        text = text[match.end() :].lstrip()
    return "".join(band for band in "EMH" if band in bands) or None


def _grades_of_date(text: str) -> Grades | None:
    """The grades 6-8 of ``8-Jun``, which a spreadsheet makes of them; None if it is no date."""
    match = re.fullmatch(r"(\d{1,2})-([a-z]{3})", text.casefold())
    if match and _MONTHS.find(match.group(2)) % 3 == 0:
        span = (_MONTHS.find(match.group(2)) // 3 + 1, int(match.group(1)))
        return span if span[0] < span[1] <= 12 else None
    return None


# Words in the names of programs; the first that fits decides. A charter, a career or technical
# school and others that students choose have no attendance area, as a magnet; a school for
# special education, adults or students in trouble is a program of its own, as an alternative.
_PROGRAM_WORDS: Final = (
    (r"virtual|online|cyber|e ?learning|remote|distance|home ?school(?:ing|ed)?", "virtual"),
    (
        r"alternative|continuation|special|sped|opportunity|detention|correctional|juvenile|jjaep"
        r"|court|adult|daep|treatment|disciplinary|therapeutic|county community|community day",
        "alternative",
    ),
    (
        r"magnet|charter|career|technical|vocational|cte|city ?wide|selective|gifted|classical"
        r"|military|early college|choice|contract|innovation|lottery|optional|specialized|exam"
        r"|montessori",
        "magnet",
    ),
    (
        r"resides|regular|traditional|neighbou?rhood|comprehensive|general|attendance|zoned"
        r"|boundary|boundaried|standard",
        "resides",
    ),
)
_PROGRAM_WORD: Final = tuple(
    (re.compile(rf"(?<![a-z])(?:{words})(?![a-z])"), program) for words, program in _PROGRAM_WORDS
)
_NEGATED: Final = re.compile(r"(?:not|non|no)\b")
# Field SCH_TYPE of the Common Core of Data (NCES).
_PROGRAM_CODES: Final = {"1": "resides", "2": "alternative", "3": "magnet", "4": "alternative"}


def as_program(value: Any) -> str | None:
    """Parse a school program; return the text unchanged if it is unknown."""
    text = as_text(value)
    if text is None:
        return None
    key = " ".join(re.split(r"[\s_-]+", text.casefold()))
    if _NEGATED.match(key):  # not virtual, non-magnet
        return "resides"
    return next((program for words, program in _PROGRAM_WORD if words.search(key)), key)


def program_of_type(value: Any, *, codes: bool) -> str | None:
    """Find the program of a school type, in words or NCES's codes; None if it gives none."""
    text = as_text(value)
    code = _PROGRAM_CODES.get(plain(text)) if codes and text is not None else None
    program = code or as_program(text)
    return program if program in PROGRAMS else None


def left_out_values(levels: Mapping[str, str] | None) -> set[str]:
    """Find the plain values of the level column whose schools are left out."""
    return {
        plain(str(value)) for value, level in (levels or {}).items() if plain(level) == LEAVE_OUT
    }


# --- columns of a table ---

# A column whose name says little is taken for levels if this share of its values are levels.
_MOSTLY_LEVELS: Final = 0.8
PARTLY_LEVELS: Final = 0.5
"""The share if there is nothing else: the other values are faults, which name them."""
# Field LEVEL of NCES's private school survey, whose ids are PPIN.
_PRIVATE_LEVELS: Final = {"1": "elementary", "2": "secondary", "3": "combined"}
_FULLY_VIRTUAL: Final = frozenset(
    {"fullvirtual", "fully virtual", "full virtual", "exclusively virtual", "f"}
)


def levels_of(table: Table, given: Mapping[str, str] | None) -> list[str | None]:
    """Find every school's level by word, code or grades; add notices that say by which.

    The name decides where the level is "other" and no grades are there.

    Parameters
    ----------
    given
        Value of the level column -> level, as the planner maps them.
    """
    mapping = _map_levels(given, table)
    spans = _spans(table)
    cells = _level_cells(table, spans)
    if cells is None:
        table.add_missing_column("level")
        table.faults.remedies.append(
            "The level can be a word, grades such as K-5, or the lowest and the highest grade in "
            "two columns, or a word in the name of most schools (--column level=NAME). A list of "
            "places alone, such as NCES's EDGE, has none: give the directory beside it, a second "
            "--schools of zoning new (in Python and a study: details)."
        )
        return [None] * len(table)
    grades = table.cells("grades")
    mappable = cells if table.has("level") else grades
    keys = {plain(text) for cell in mappable if (text := as_text(cell)) is not None}
    if idle := [value for value in given or () if plain(str(value)) in mapping.keys() - keys]:
        table.notices.append(f"levels given for values that no school has: {', '.join(idle)}")
    by_name = table.has("level") and table.column_of["level"] == table.column_of.get("name")
    names = table.cells("name")
    levels: list[str | None] = []
    how: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for row, (cell, span) in enumerate(zip(cells, spans, strict=True)):
        text = as_text(cell)
        is_mapped = plain(as_text(mappable[row]) or "") in mapping
        found = level_of(mappable[row] if is_mapped else cell, mapping)
        # "Other" is a level of no list; an empty cell is one that somebody forgot.
        says_nothing = found.how == "none" and text is not None and span is None
        says_nothing = says_nothing and as_text(grades[row]) is None
        if found.level is None and (by_name or says_nothing):
            found = next((one for one in [level_in_name(names[row])] if one.level), found)
        level = found.level
        by_grades = None if span is None else level_of_grades(span)
        extends = level == "elementary" and by_grades == "k-8" and not is_mapped
        if by_grades is not None and (level is None or found.how == "code" or extends):
            if found.how == "unknown":
                unknown[repr(text)] += 1
            how["grades"] += 1
            level = by_grades
        elif found.how == "code":
            codes[f"{text} as {level}"] += 1
        elif found.how == "unknown" and by_name:
            table.faults.add(row, f"no level: the name {text!r} has no word of one")
        elif found.how == "unknown":
            table.faults.add(row, f"level {text!r} is none of {', '.join(LEVELS)}")
        elif level is None:
            table.faults.add(row, _no_level(text, as_text(grades[row])))
        else:
            how[found.how] += 1
        levels.append(level)
    if None in levels:
        table.faults.remedies.append(
            "Say what a value of the level column means with --level VALUE=LEVEL of zoning new, or "
            "as VALUE = 'LEVEL' under [schools.levels] of the study (in Python: levels={'VALUE': "
            "'LEVEL'}); the level 'leave out' leaves its schools out."
        )
    _add_level_notices(table, how, codes, unknown)
    return levels


def _add_level_notices(
    table: Table, how: Counter[str], codes: Counter[str], unknown: Counter[str]
) -> None:
    if how["grades"]:
        table.notices.append(f"level read from the grades of {counted(how['grades'], 'school')}")
    if how["name"]:
        table.notices.append(f"level read from the name of {counted(how['name'], 'school')}")
    if how["date"]:
        table.notices.append(
            "grades that a spreadsheet took for dates read back at "
            f"{counted(how['date'], 'school')} (8-Jun is 6-8)"
        )
    if codes:
        table.notices.append(
            f"level codes read as NCES has them: {list_values(codes)}; "
            "for another meaning give --level CODE=LEVEL"
        )
    if unknown:
        table.notices.append(f"no level of ours, so the grades decide: {list_values(unknown)}")


def _map_levels(given: Mapping[str, str] | None, table: Table) -> dict[str, str]:
    """Map plain values to the given levels; an unknown level is a fault."""
    is_private = plain_name(table.column_of.get("school_id", "")) == "ppin"
    mapping = dict(_PRIVATE_LEVELS) if is_private else {}
    for value, level in (given or {}).items():
        found = level_of(level)
        if plain(level) == LEAVE_OUT:
            continue
        if found.level is None or found.how not in ("word", "grades"):
            known = ", ".join((*LEVELS, LEAVE_OUT))
            table.faults.add(None, f"level {level!r}, given for {value!r}, is none of {known}")
        else:
            mapping[plain(str(value))] = found.level
    return mapping


def _no_level(text: str | None, grades: str | None) -> str:
    if text is None:
        return "no level" if grades is None else f"no level: grades {grades!r} give none"
    others = "no grades give it" if grades is None else f"grades {grades!r} give none"
    return f"no level: {text!r} says none, and {others}"


def _spans(table: Table) -> list[Grades | None]:
    """Parse lowest and highest grade of every school, from two columns or from one."""
    both = table.has("grade_low") and table.has("grade_high")
    pairs = zip(table.cells("grade_low"), table.cells("grade_high"), strict=True)
    spans = [as_span(low, high) if both else None for low, high in pairs]
    ones = [as_grades(cell) for cell in table.cells("grades")]
    return [one if span is None else span for span, one in zip(spans, ones, strict=True)]


def _level_cells(table: Table, spans: list[Grades | None]) -> list[Any] | None:
    """Read the level column; empty cells if only grades are known, None if neither is."""
    if table.has("level"):
        return table.cells("level")
    has_grades = any(span is not None for span in spans)
    columns = table.find_unread(NAMES["perhaps_level"])
    if not has_grades and table.has("grades"):  # that hold words
        columns = [table.column_of["grades"], *columns]
    for name in columns:
        cells = table.raw.cells[name]
        there = [str(cell) for cell in cells if as_text(cell) is not None]
        good = sum(level_of(text).how in ("word", "grades", "date") for text in there)
        if there and good >= (_MOSTLY_LEVELS if has_grades else PARTLY_LEVELS) * len(there):
            table.column_of["level"] = name
            table.renamed.add("level")
            return list(cells)
    return [None] * len(table) if has_grades else None


def mapped_column(table: Table) -> str | None:
    """Find the column whose values a planner can map to levels: the levels, or else the grades."""
    _level_cells(table, _spans(table))
    return table.column_of.get("level") or table.column_of.get("grades")


def programs_of(table: Table) -> list[str | None]:
    """Find every school's program, by its type if the table has no program column."""
    if not table.has("program"):
        return _programs_of_types(table)
    values = table.texts("program", as_program, required=True)
    words: Counter[str] = Counter()
    for row, (value, cell) in enumerate(zip(values, table.cells("program"), strict=True)):
        text = as_text(cell)
        if value is not None and value not in PROGRAMS:
            table.faults.add(row, f"program {text!r} is none of {', '.join(PROGRAMS)}")
        elif value is not None and text is not None and text.casefold() != value:
            words[f"{text} as {value}"] += 1
    if words:
        table.notices.append(f"programs read: {list_values(words)}")
    if any(value not in PROGRAMS for value in values):
        table.faults.remedies.append(
            "For a neighbourhood school write resides; --column program= reads no programs."
        )
    return values


def _programs_of_types(table: Table) -> list[str | None]:
    """Find programs by school type columns; ``resides`` where none says otherwise."""
    programs: list[str | None] = ["resides"] * len(table)
    is_nces = plain_name(table.column_of.get("school_id", "")).startswith("nces")
    for name in table.find_unread((*NAMES["perhaps_program"], *NAMES["virtual"])):
        cells = table.raw.cells[name]
        unknown: Counter[str] = Counter()
        read: list[str | None]
        if plain_name(name) in NAMES["virtual"]:
            read = ["virtual" if _is_virtual(cell) else None for cell in cells]
        else:
            codes = is_nces or plain_name(name) == "schtype"
            read = [program_of_type(cell, codes=codes) for cell in cells]
            unknown.update(
                str(cell)
                for cell, program in zip(cells, read, strict=True)
                if program is None and not _says_level(cell)
            )
        if 2 * unknown.total() > len(table):
            continue  # a type of something else
        table.also_read.append(name)
        pairs = list(zip(read, programs, strict=True))
        found = Counter(p for p, before in pairs if p not in (None, "resides", before))
        if found:
            counts = ", ".join(f"{n:,} {program}" for program, n in sorted(found.items()))
            rest = f"; no program of ours, so resides: {list_values(unknown)}" if unknown else ""
            table.notices.append(f"program read from {name}: {counts}, the others resides{rest}")
        programs = [before if p in (None, "resides") else p for p, before in pairs]
    return programs


def _is_virtual(cell: Any) -> bool:
    text = as_text(cell)
    return text is not None and plain(text) in _FULLY_VIRTUAL


def _says_level(value: Any) -> bool:
    """True if a school type names a level or nothing, so no program."""
    text = as_text(value)
    if text is None or is_missing(text) or plain(text) in ("public", "private"):
        return True
    return level_of(text).how in ("word", "grades")
