"""Write the data files that ship with the library from the facts behind them.

    python scripts/build_data.py SOURCE_FOLDER [--out data]

SOURCE_FOLDER holds facts compiled for this project from public records:

``jcps_schools.csv``
    The 145 schools of Jefferson County Public Schools (Louisville KY): names,
    addresses, feeders and bell times from the district directory 2025-26,
    enrolment, composition and reported events of 2023-24 from the Kentucky
    School Report Card.
``louisville_streets/junctions.csv``, ``louisville_streets/links.csv``
    Junctions from the public traffic-signal inventory, the named transit-stop
    intersections and the state-route junction points, and the links between.
``jefferson_outline.geojson``
    The outline of the district, simplified to about 120 m.

Values are carried over unchanged; only their form is set: GeoJSON with one
feature a line, CSV with line feeds. The same facts give the same bytes.
``data/README.md`` describes every column.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = dict[str, str]

WHOLE_NUMBERS = ("enrollment", "behavior_events", "assault_weapon_events")
PLACE = ("lat", "lon")
SCHOOL_COLUMNS = (
    "school_id",
    "name",
    "level",
    "program",
    "address",
    "zip",
    *PLACE,
    "grade_low",
    "grade_high",
    "enrollment",
    "feeder_high_school_ids",
    "bell_start",
    "bell_end",
    "behavior_events",
    "assault_weapon_events",
    "pct_econ_disadvantaged",
    "pct_black",
    "pct_hispanic",
    "pct_white",
    "pct_asian",
    "pct_two_or_more",
)
JUNCTION_COLUMNS = ("junction_id", "lon", "lat", "name", "kind")
LINK_COLUMNS = ("from_junction", "to_junction", "length_m", "road_class", "area", "name")
SCHOOL_SOURCE = (
    "District directory 2025-26 and Kentucky School Report Card 2023-24, compiled for zoning"
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, metavar="SOURCE_FOLDER")
    parser.add_argument("--out", type=Path, default=Path("data"))
    options = parser.parse_args(arguments)
    for name, text in built(options.source).items():
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / name).write_bytes(text.encode("utf-8"))


def built(source: Path) -> dict[str, str]:
    """File name -> content of every data file, from a folder of facts."""
    streets = source / "louisville_streets"
    return {
        "schools.geojson": schools(rows(source / "jcps_schools.csv", SCHOOL_COLUMNS)),
        "junctions.csv": table(rows(streets / "junctions.csv", JUNCTION_COLUMNS)),
        "links.csv": table(rows(streets / "links.csv", LINK_COLUMNS)),
        "outline.geojson": outline(source / "jefferson_outline.geojson"),
    }


def rows(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file that must have exactly these columns."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise SystemExit(f"{path} has columns {reader.fieldnames}, not {list(columns)}")
        return list(reader)


def schools(facts: list[Row]) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {c: value(c, row[c]) for c in SCHOOL_COLUMNS if c not in PLACE},
            "geometry": {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]},
        }
        for row in facts
    ]
    return collection("Jefferson County Public Schools", SCHOOL_SOURCE, features)


def value(column: str, text: str) -> str | int | float | list[str] | None:
    """A cell in the type it has in GeoJSON; an empty cell is null."""
    if column == "feeder_high_school_ids":
        return [part for part in text.split(";") if part]
    if not text:
        return None
    if column in WHOLE_NUMBERS:
        return int(text)
    return float(text) if column.startswith("pct_") else text


def outline(path: Path) -> str:
    facts = json.loads(path.read_text(encoding="utf-8"))
    return collection(
        "Jefferson County, Kentucky", "Compiled for zoning from public records", facts["features"]
    )


def table(facts: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(facts[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(facts)
    return text.getvalue()


def collection(name: str, source: str, features: list[dict[str, Any]]) -> str:
    """GeoJSON with one feature a line, so that a change shows as one line."""
    head = json.dumps({"type": "FeatureCollection", "name": name, "source": source})
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{head[:-1]}, "features": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    main()
