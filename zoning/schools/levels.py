"""Which level a school has: from a word, a code, or the grades it teaches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from zoning.schools.cells import as_text, is_missing

LEVELS: Final = ("elementary", "k-8", "middle", "secondary", "high", "combined")
LEAVE_OUT: Final = "leave out"
PROGRAMS: Final = ("resides", "magnet", "alternative", "virtual")
PROGRAM_WORDS: Final = {p: p for p in PROGRAMS} | {"resides": "neighbourhood school"}
"""What a program is called where people read it."""

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

# A grade alone, such as 6 or EC, is a code of somebody's in a column of levels.
_SPAN: Final = re.compile(r"k|\d\D+\d|[a-z]\W*\d|grade")
# Words beside the grades, as in "Elementary School (K-8)": the grades say more.
_BESIDE: Final = re.compile(
    r"[()]|\b(?:elementary|elem|primary|middle|intermediate|junior|senior|high|secondary|schools?)\b"
)

Grades = tuple[int, int]


class Level(NamedTuple):
    """What a cell of a level column says.

    Attributes
    ----------
    level
        One of `LEVELS`; None if the cell gives none by itself.
    how
        ``word``, ``grades``, ``date`` (grades that a spreadsheet took for a
        date), ``code`` (of NCES), ``none`` (says that it has none, or is empty)
        or ``unknown``. Where the grades of the school are known, they tell more
        than a ``code``.
    """

    level: str | None
    how: str


def level_of(value: Any, given: Mapping[str, str] | None = None) -> Level:
    """The level that a cell stands for; `given` is asked first (see `plain`)."""
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


def level_of_grades(span: Grades) -> str:
    """The level of a school from its lowest and highest grade (-1 prekindergarten, 0 K).

    A grade at the edge does not make a school of two kinds: K-6 is elementary,
    5-8 middle, 6-9 middle, 8-12 high. K-7 and K-8 are ``k-8``, 6-12 and 7-12
    secondary, K-9 and more combined. As NCES draws the lines of its field LEVEL,
    but for K-8, which is a primary school there, and for schools that end at
    grade 5 or 6.
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
    """Lowest and highest grade of a span such as ``K-5``, ``PK - 08`` or ``6,7,8``; or None."""
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
    """Lowest and highest grade from two cells; None if they give no span."""
    first, last = as_grades(low), as_grades(high)
    if last is None or last[1] < _KINDERGARTEN:
        return last if first == last else None
    if first is None and plain(as_text(low) or "") == "-1":  # so some tables write it
        first = (_PREKINDERGARTEN, _PREKINDERGARTEN)
    return None if first is None or first[0] > last[1] else (first[0], last[1])


def plain(text: str) -> str:
    """A value of a level column in small letters, with single blanks, 1 for 1.0 or 01."""
    short = " ".join(text.casefold().split())
    number = re.fullmatch(r"0*(\d+)(?:\.0+)?", short)
    return number.group(1) if number else short


def _bands_of_words(key: str) -> str | None:
    """The bands that words such as ``jr/sr high school`` name, in order; None if they do not."""
    text = " ".join(re.split(r"[^a-z0-9]+", key)).strip()
    bands: set[str] = set()
    while text:
        match = _WORD.match(text)
        if match is None or match.lastgroup is None:
            return None
        bands |= set(_WORDS[int(match.lastgroup[1:])][1])
        text = text[match.end() :].lstrip()
    return "".join(band for band in "EMH" if band in bands) or None


def _grades_of_date(text: str) -> Grades | None:
    """Grades 6-8 that a spreadsheet took for the eighth of June, and wrote as ``8-Jun``."""
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
    """A school program, or the text as given if it is none that is known."""
    text = as_text(value)
    if text is None:
        return None
    key = " ".join(re.split(r"[\s_-]+", text.casefold()))
    if _NEGATED.match(key):  # not virtual, non-magnet
        return "resides"
    return next((program for words, program in _PROGRAM_WORD if words.search(key)), key)


def program_of_type(value: Any, *, codes: bool) -> str | None:
    """The program of a type of school, in words or in NCES's codes; None if it gives none."""
    text = as_text(value)
    code = _PROGRAM_CODES.get(plain(text)) if codes and text is not None else None
    program = code or as_program(text)
    return program if program in PROGRAMS else None


def is_level_word(value: Any) -> bool:
    """Whether a type of school says a level, and so nothing of its program."""
    text = as_text(value)
    if text is None or is_missing(text) or plain(text) in ("public", "private"):
        return True
    return level_of(text).how in ("word", "grades")


def left_out_values(levels: Mapping[str, str] | None) -> set[str]:
    """The plain values of schools to leave out."""
    return {
        plain(str(value)) for value, level in (levels or {}).items() if plain(level) == LEAVE_OUT
    }


def mapped_levels(levels: Mapping[str, str] | None) -> tuple[dict[str, str], list[str]]:
    """Levels by the plain value they are given for, and what is wrong with the mapping."""
    found, faults = {}, []
    for value, level in (levels or {}).items():
        if plain(level) == LEAVE_OUT:
            continue
        known = level_of(level)
        if known.level is None or known.how not in ("word", "grades"):
            faults.append(
                f"level {level!r}, given for {value!r}, is none of {', '.join(LEVELS)}, {LEAVE_OUT}"
            )
        else:
            found[plain(str(value))] = known.level
    return found, faults


def share_of_levels(values: Iterable[Any]) -> float:
    """Which part of the values that are there can be read as levels or grades by themselves."""
    told = [str(value) for value in values if as_text(value) is not None]
    good = sum(level_of(value).how in ("word", "grades", "date") for value in told)
    return good / len(told) if told else 0.0
