"""Write docs/settings.md, the table of every setting of a study, from their definitions."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from zoning.staffing import presets_table
from zoning.study import study_settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
_HEAD = """\
# Settings

Every setting of a [study](study.md), with what it takes and its default. A setting without a line
in the study has its default. `zoning study settings` prints the same list, and `zoning study
schema --out FILE` writes it as a JSON Schema, with which an editor completes and checks a study
while you type. This page is written from the definitions by `scripts/write_settings_page.py`.

A number may be text with a unit: `"15 min"` where minutes are meant, also `"900 s"` and `"0.25
h"`; `"$150,000"` for dollars, `"20 %"` for per cent. `"none"` takes a bound away. A file is looked
for from the folder of the study.
"""


_PRESETS = """
## Presets of options

Staffing models of other districts for `preset` of an [option](study.md#options-to-compare), and for
`zoning.preset_options` in Python. Counts follow the number of schools of a level; a high school is
any with grades 9 to 12.

| preset | name | source | what is ours |
|---|---|---|---|"""


def settings_page() -> str:
    """Make the page."""
    parts = [_HEAD]
    for section, rows in groupby(study_settings(), key=lambda row: row.section):
        parts.append(f"\n## `{section}`\n" if section else "\n## At the top\n")
        parts.append("| key | takes | default | meaning |\n|---|---|---|---|")
        parts += [
            f"| `{row.key}` | {_cell(row.takes)} | {_cell(row.default)} | {_cell(row.meaning)} |"
            for row in rows
        ]
    parts.append(_PRESETS)
    parts += [
        f"| `{name}` | {_cell(row['title'])} | {_cell(row['source'])} | {_cell(row['adapted'])} |"
        for name, row in presets_table().to_dict("index").items()
    ]
    return "\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
