"""Files that people make of a restricted run, and files of a district that only look alike.

All are made from one run's folder: leaks in other languages, layouts, units and formats,
without the mark and without our column names; and innocent tables and texts about the same
schools, with numbers of the same size.
"""

from __future__ import annotations

import csv
import email.message
import gzip
import io
import json
import random
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import openpyxl
import pandas as pd
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from openpyxl.comments import Comment
from pptx import Presentation
from pptx.util import Inches

Rows = Sequence[Sequence[object]]
WORDS = ("Ash", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper")
PLACES = ("Hill", "Grove", "Park")


def write_town(path: Path) -> Path:
    """Thirty schools, two of them high schools, at random places of a seed."""
    chance = random.Random(5)
    rows: list[Sequence[object]] = [
        ("school_id", "name", "level", "latitude", "longitude", "enrollment",
         "feeder_high_school_ids", "bell_start", "bell_end"),
    ]  # fmt: skip
    for k, name in enumerate(f"{word} {place}" for place in PLACES for word in WORDS):
        level = "high" if k < 2 else "middle" if k < 8 else "elementary"
        bells = ("07:30", "14:20") if k < 8 else ("08:40", "15:20") if k % 2 else ("09:40", "16:20")
        rows.append(
            (f"S{100 + k}", f"{name} {level.title()}", level, 38 + chance.random() / 4,
             -85.9 + chance.random() / 3, chance.randrange(200, 900), f"S{100 + k % 2}", *bells)
        )  # fmt: skip
    path.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding="utf-8")
    return path


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def separated(rows: Rows, separator: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue().encode()


def markdown(rows: Rows) -> bytes:
    head, *body = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join(["# Notes", "", head, "|---" * len(rows[0]) + "|", *body]).encode()


def html(rows: Rows) -> bytes:
    cells = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in rows)
    return f"<!doctype html><body><p>Draft</p><table>{cells}</table></body>".encode()


def workbook(rows: Rows, *, hidden: bool = False, note: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Cover"])
    sheet = book.create_sheet("data")
    for row in rows:
        sheet.append(list(row))
    if hidden:
        sheet.sheet_state = "veryHidden"
    if note:
        book.active["A1"].comment = Comment(note, "planner")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def slides(rows: Rows, *, notes: str = "") -> bytes:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    if rows:
        size = (Inches(0), Inches(0), Inches(9), Inches(5))
        table = slide.shapes.add_table(len(rows), len(rows[0]), *size).table
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                table.cell(r, c).text = str(cell)
    if notes:
        slide.notes_slide.notes_text_frame.text = notes
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def printed(lines: Sequence[str]) -> bytes:
    """A PDF of text, as a browser or word processor prints it."""
    out = io.BytesIO()
    with mpl.rc_context({"pdf.fonttype": 42}), PdfPages(out) as pages:
        for start in range(0, len(lines), 40):
            sheet = Figure(figsize=(8, 11))
            for k, line in enumerate(lines[start : start + 40]):
                sheet.text(0.05, 0.97 - 0.024 * k, line, fontsize=8)
            pages.savefig(sheet)
    return out.getvalue()


def document(lines: Sequence[str]) -> bytes:
    """What matters of a word-processor file."""
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    page = f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": page.encode()})


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def notebook(*, text: str = "", page: str = "") -> bytes:
    data = {"text/plain": text.splitlines(keepends=True)} | ({"text/html": page} if page else {})
    shown = {"output_type": "execute_result", "data": data, "metadata": {}}
    cell = {"cell_type": "code", "source": ["frame"], "metadata": {}, "outputs": [shown]}
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    ).encode()


def kml(rows: Rows) -> bytes:
    marks = "".join(
        f"<Placemark><name>{row[0]}</name><description>{', '.join(map(str, row[1:]))}"
        "</description><Point><coordinates>-85.7,38.1</coordinates></Point></Placemark>"
        for row in rows
    )
    space = "http://www.opengis.net/kml/2.2"
    return f'<?xml version="1.0"?><kml xmlns="{space}"><Document>{marks}</Document></kml>'.encode()


def database(rows: Rows, folder: Path) -> bytes:
    path = folder / "made.sqlite"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as made:
        made.execute(f"CREATE TABLE t ({', '.join(f'c{k}' for k in range(len(rows[0])))})")
        made.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(rows[0]))})", rows)
    made.close()
    return path.read_bytes()


def parquet(rows: Rows) -> bytes:
    out = io.BytesIO()
    frame = pd.DataFrame([[str(c) for c in row] for row in rows])
    frame.columns = [f"c{k}" for k in range(len(rows[0]))]
    frame.to_parquet(out)
    return out.getvalue()


def message(lines: Sequence[str], attached: bytes = b"") -> bytes:
    mail = email.message.EmailMessage()
    mail["Subject"] = "for Monday"
    mail.set_content("\n".join(lines))
    if attached:
        mail.add_attachment(attached, maintype="text", subtype="csv", filename="t.csv")
    return mail.as_bytes()


def calendar(visits: Sequence[dict[str, str]]) -> bytes:
    """In UTC, as calendars are shared: local time and four hours."""
    lines = ["BEGIN:VCALENDAR"]
    for v in visits:
        hour, rest = int(v["arrival"][:2]) + 4, v["arrival"][2:].replace(":", "")
        lines += ["BEGIN:VEVENT", f"DTSTART:20260910T{hour:02}{rest}Z",
                  f"SUMMARY:{v['name']}", "END:VEVENT"]  # fmt: skip
    return "\r\n".join([*lines, "END:VCALENDAR"]).encode()


def clock12(text: str) -> str:
    hour, minute = int(text[:2]), text[3:5]
    return f"{(hour - 1) % 12 + 1}:{minute} {'AM' if hour < 12 else 'PM'}"


def leaks(folder: Path, made: Path) -> dict[str, bytes]:
    """Restricted facts of the run in ``folder``, as people would pass them on."""
    option = _table(folder / "visits.csv")[-1]["option_id"]
    options = list(dict.fromkeys(row["option_id"] for row in _table(folder / "visits.csv")))
    option = next(one for one in options if one.startswith("zones-"))
    visits = [row for row in _table(folder / "visits.csv") if row["option_id"] == option]
    response = [
        row for row in _table(folder / "response_by_building.csv") if row["option_id"] == option
    ]
    minutes = [(r["name"], f"{float(r['mean_s']) / 60:.1f}") for r in response]
    seconds = [(r["name"], round(float(r["p90_s"]))) for r in response]
    exact = [(r["name"], r["mean_s"], r["p90_s"]) for r in response]
    comma = [(r["name"], f"{float(r['mean_s']) / 60:.2f}".replace(".", ",")) for r in response]
    colon = [
        (r["name"], f"{int(float(r['mean_s'])) // 60}:{round(float(r['mean_s'])) % 60:02}")
        for r in response
    ]
    percent = [(r["name"], f"{float(r['share_within_300_s']):.1%}") for r in response]
    arrivals = [(v["name"], v["arrival"][:5]) for v in visits]
    short = [(v["name"].rsplit(" ", 1)[0], clock12(v["arrival"])) for v in visits]
    officers: dict[str, list[dict[str, str]]] = {}
    for v in visits:
        officers.setdefault(v["zone_id"], []).append(v)
    by_stop = [
        [zone, *(f"{v['name']} {v['arrival'][:5]}" for v in day)] for zone, day in officers.items()
    ]
    slots = sorted({v["arrival"][:4] + "0" for v in visits})
    timeline = [["time", *officers]] + [
        [slot, *(
            next((v["name"] for v in day if v["arrival"][:5] <= slot < v["departure"][:5]), "")
            for day in officers.values()
        )]
        for slot in slots
    ]  # fmt: skip
    wide = [["", *(n for n, _ in minutes)], ["media", *(m for _, m in minutes)]]
    prose = [f"{v['name'].rsplit(' ', 1)[0]} gets its officer at {clock12(v['arrival'])}."
             for v in visits]  # fmt: skip
    walk = [", ".join(v["name"] for v in day) for day in officers.values()]
    pandas = pd.DataFrame(minutes, columns=["escuela", "media"]).to_string(index=False)
    records = [{"schule": n, "wert": float(m)} for n, m in minutes]
    features = [{"type": "Feature", "geometry": None,
                 "properties": {"Schule": n, "x": s}} for n, s in seconds]  # fmt: skip
    return {
        "german.csv": separated([("Schule", "Minuten"), *comma], ";"),
        "spanish.csv": separated([("Escuela", "Tiempo medio"), *minutes]),
        "french.tsv": separated([("Ecole", "h"), *((n, t.replace(":", "h")) for n, t in arrivals)],
                                "\t"),
        "renamed.csv": separated([("s", "a", "b"), *exact]),
        "no_header.csv": separated(exact),
        "shuffled.csv": separated(random.Random(1).sample(seconds, len(seconds))),
        "rounded.csv": separated([("School", "Minutes"), *minutes]),
        "clock.csv": separated([("School", "mm:ss"), *colon]),
        "shares.csv": separated([("School", "Quota"), *percent]),
        "arrivals.csv": separated([("School", "x"), *arrivals]),
        "by_stop.csv": separated(by_stop),
        "timeline.csv": separated(timeline),
        "wide.csv": separated(wide),
        "notes.md": markdown([("School", "t"), *minutes]),
        "page.html": html([("School", "t"), *seconds]),
        "output.ipynb": notebook(text=pandas),
        "frame.ipynb": notebook(text="x", page=html(minutes).decode()),
        "map.kml": kml(exact),
        "printed.pdf": printed([f"{n}  {m} min" for n, m in minutes]),
        "timetable.pdf": printed([f"{t}  {n}" for n, t in arrivals]),
        "bundle.zip": zipped({"readme.txt": b"see inside", "x.csv": separated(minutes)}),
        "packed.csv.gz": gzip.compress(separated(exact), mtime=0),
        "hidden.xlsx": workbook(minutes, hidden=True),
        "numbers.xlsx": workbook([(n, float(a), float(b)) for n, a, b in exact]),
        "comment.xlsx": workbook([], note="; ".join(f"{n} {m}" for n, m in minutes)),
        "table.pptx": slides(minutes[:20]),
        "notes.pptx": slides([], notes="\n".join(f"{n}: {m}" for n, m in minutes)),
        "memo.docx": document(prose),
        "mail.eml": message([f"{n} {t}" for n, t in short]),
        "records.json": json.dumps(records).encode(),
        "columns.json": json.dumps(
            {"n": [n for n, _ in minutes], "m": [float(m) for _, m in minutes]}
        ).encode(),
        "mapping.json": json.dumps({"media": {n: float(m) for n, m in minutes}}).encode(),
        "places.geojson": json.dumps({"type": "FeatureCollection", "features": features}).encode(),
        "store.sqlite": database(exact, made),
        "frame.parquet": parquet(exact),
        "prose.txt": "\n".join(prose).encode(),
        "walk.txt": "\n".join(walk).encode(),
        "shift.ics": calendar(visits),
        "drawing.svg": b"<svg>" + b"".join(
            f"<text x='1'>{n} {m}</text>".encode() for n, m in minutes) + b"</svg>",
        "order.yaml": "\n".join(f"- name: {n}\n  value: {s}" for n, s in seconds).encode(),
    }  # fmt: skip


def innocent(folder: Path, made: Path) -> dict[str, bytes]:
    """Other figures of the same schools, of the same size and kind."""
    chance = random.Random(11)
    rows = {row["building_id"]: row["name"] for row in _table(folder / "assignments.csv")}
    names = sorted(rows.values())
    bells = [("07:30", "08:40", "09:40")[k % 3] for k in range(len(names))]

    def column(make: Callable[[], object], title: str = "Value") -> list[list[object]]:
        return [["School", title], *([name, make()] for name in names)]

    def near(start: int, step: int) -> Callable[[], str]:
        return lambda: f"{7 + (m := start + step * chance.randrange(20)) // 60}:{m % 60:02}"

    def score() -> float:
        return round(chance.uniform(2, 12), 1)

    def share() -> str:
        return f"{chance.uniform(0, 1):.1%}"

    buses = column(near(0, 5), "Bus arrives")
    scores = column(score, "Score")
    tests = [["School", "Reading", "Mathematics"],
             *([n, f"{chance.uniform(100, 900):.1f}", f"{chance.uniform(100, 900):.1f}"]
               for n in names)]  # fmt: skip
    attendance = column(share, "Attendance")
    students = column(lambda: chance.randrange(150, 900), "Students")
    agenda = [f"{7 + k // 4}:{15 * (k % 4):02} {chance.choice(names)}: report of the principal"
              for k in range(30)]  # fmt: skip
    drills = column(lambda: f"{chance.randrange(8, 15)}:{chance.randrange(60):02}", "Drill")
    lunch = column(near(240, 5), "Lunch")
    phones = column(lambda: f"502-485-{chance.randrange(1000, 9999)}", "Phone")
    distances = column(lambda: round(chance.uniform(0.3, 9.9), 1), "Miles to the office")
    suspensions = column(lambda: chance.randrange(10, 60), "Suspensions")
    rides = column(lambda: chance.randrange(8, 50), "Minutes on the bus")
    temperature = column(lambda: round(chance.uniform(18, 26), 2), "Temperature")
    budget = column(lambda: chance.randrange(100_000, 900_000), "Budget")
    zones = [[row["building_id"], row["name"], row["zone_id"]]
             for row in _table(folder / "assignments.csv")]  # fmt: skip
    bell = [["School", "Starts"], *map(list, zip(names, bells, strict=True))]
    return {
        "bells.csv": separated(bell),
        "bells.xlsx": workbook(bell),
        "buses.csv": separated(buses),
        "buses.pdf": printed([f"{n}  {t}" for n, t in buses[1:]]),
        "scores.csv": separated(scores),
        "scores.xlsx": workbook(scores),
        "scores.html": html(scores),
        "tests.csv": separated(tests),
        "tests.pptx": slides(tests[:20]),
        "tests.ipynb": notebook(text=pd.DataFrame(tests[1:]).to_string()),
        "attendance.csv": separated(attendance),
        "attendance.md": markdown(attendance),
        "students.csv": separated(students),
        "students.json": json.dumps([dict(zip(("n", "v"), r, strict=True))
                                     for r in students[1:]]).encode(),
        "agenda.txt": "\n".join(agenda).encode(),
        "agenda.docx": document(agenda),
        "drills.csv": separated(drills),
        "drills.kml": kml(drills[1:]),
        "lunch.csv": separated(lunch, ";"),
        "phones.csv": separated(phones),
        "distances.csv": separated(distances),
        "distances.parquet": parquet(distances),
        "suspensions.csv": separated(suspensions),
        "rides.csv": separated(rides),
        "rides.sqlite": database(rides, made),
        "temperature.csv": separated(temperature),
        "budget.csv": separated(budget),
        "zones.csv": separated(zones),
        "names.txt": "\n".join(names).encode(),
        "mail.eml": message([f"{n} opens at {b}" for n, b in zip(names, bells, strict=True)]),
        "bundle.zip": zipped({"a.csv": separated(scores), "b.csv": separated(buses)}),
        "wide.csv": separated([["", *names], ["score", *(score() for _ in names)]]),
    }  # fmt: skip
