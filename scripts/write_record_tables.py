"""Write docs/programme-tables.md, the columns of the programme's tables, from their definitions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from zoning.district import data_folder
from zoning.programme.before_after import read_comparisons
from zoning.programme.event_records import event_table
from zoning.programme.goals import read_goals
from zoning.programme.law import approvals_table
from zoning.programme.review import review_table
from zoning.programme.supports import read_supports
from zoning.programme.time_use import read_time_use
from zoning.records import RecordTable
from zoning.roster.rules import FILES
from zoning.roster.tables import (
    ABSENCES,
    CLASSES,
    COURSES,
    DUTIES,
    OFFICERS,
    POSTS,
    TOPICS,
    TRAINING,
    WISHES,
)
from zoning.roster.term_tables import TERM_FILES
from zoning.schools import read_schools

PAGE = Path(__file__).resolve().parents[1] / "docs" / "programme-tables.md"
_HEAD = """\
# Tables of the programme

The columns of each table that [the programme](programme.md) reads. A table is a CSV file or a sheet
of a workbook, `staff.xlsx#Officers`. Names of columns may differ in case, blanks and punctuation; a
column that is not required may be missing. Dates are 2026-09-18 or 9/18/2026. All faults of a table
are named at once, with the row and what to do. The example district, `data/example_district`, has
one of each, but for posts and those of `[term]`.

*Who may see it*: `public` columns may stand in public files, counts with small ones left out; all
others are for the restricted edition alone. This page is written from the definitions by
`scripts/write_record_tables.py`.
"""


def tables() -> Iterator[tuple[str, RecordTable]]:
    """Each table with the setting of a study that names its file."""
    folder, on = data_folder() / "example_district", date(2026, 11, 30)
    schools = read_schools(folder / "schools.csv")
    roster = (OFFICERS, TRAINING, ABSENCES, CLASSES, TOPICS, POSTS)
    for names, given in ((FILES, roster), (TERM_FILES, (DUTIES, WISHES, COURSES))):
        section = "roster" if names is FILES else "term"
        for name, table in zip(names, given, strict=True):
            yield f"[{section}] {name}", table
    yield "[law] approvals", approvals_table(schools)
    yield "[programme] records", event_table(schools, on=on)
    yield "[programme] goals", read_goals(folder / "goals.csv", on=on).table
    yield "[programme] hours", read_time_use(folder / "time.csv", on=on).table
    yield "[programme] supports", read_supports(folder / "supports.csv", schools).table
    yield "[programme] comparisons", read_comparisons(folder / "comparisons.csv", on=on).table
    yield "[review] file", review_table()


def tables_page() -> str:
    """Make the page."""
    parts = [_HEAD]
    for setting, table in tables():
        parts.append(f"\n## {table.what[:1].upper()}{table.what[1:]}: `{setting}`\n")
        parts.append("| column | meaning | required | who may see it |\n|---|---|---|---|")
        for one in table.columns:
            required = "yes" if one.required else ""
            parts.append(f"| `{one.name}` | {_cell(one.meaning)} | {required} | {one.access} |")
        if table.key:
            parts.append(f"\nOne row for each {' and '.join(f'`{name}`' for name in table.key)}.")
    return "\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(tables_page(), encoding="utf-8")
