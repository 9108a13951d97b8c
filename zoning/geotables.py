"""Read tables from spreadsheet and GIS files, for schools and for plans.

A file becomes a `GeoTable`: cells by column, a name for every row, and geometry where there
is any. What the columns mean, and whether their values make sense, is for the caller to say.
To read another format, add its ending to `_READERS` and its first bytes to `zoning.inputs`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import FaultsError, first_few, group_by_kind
from zoning.inputs import (
    BAD_ARCHIVE,
    CHECK_FILE,
    LARGEST_TEXT_BYTES,
    LAYER_DRIVERS,
    MOST_ROWS,
    TOO_DEEP,
    read_json,
    require_kind,
    require_rows,
    require_size,
    require_unpackable,
)
from zoning.units import counted
from zoning.workbooks import (
    HEAD_LINES,
    MIN_NAMES,
    SENTENCE_LENGTH,
    WORKBOOK_ENDINGS,
    Recognise,
    cell_name,
    choose_table,
    find_table,
    header_row,
    read_workbook,
    split_sheet,
)

DEGREES: Final = "EPSG:4326"

# A list of schools or a plan in a zip has some megabytes; a larger one is something else.
_UNPACKED_LIMIT_BYTES: Final = 2_000_000_000
# Names of columns in a Shapefile are cut at ten letters (dBASE III).
_SHAPEFILE_NAME_LENGTH: Final = 10
# Excel's first line that names the separator.
_NAMED_SEPARATOR: Final = re.compile("sep=(.)", re.IGNORECASE)
_READ_ERRORS: Final = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    CRSError,
    OSError,
    *BAD_ARCHIVE,  # among them ValueError, as of a file that is not Parquet
)
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableUse:
    """The purpose of a table: wording of errors, and the layer to read.

    Attributes
    ----------
    what
        For messages: ``'schools'``.
    error
        The error that is raised.
    one_row
        What a row represents, for the remedy of an empty file.
    layer
        The layer to take where a file has it; otherwise its only one is taken.
    allow_areas
        Whether layers of polygons and lines are candidates beside those of points.
    recognise
        Which of our columns there are among names of columns, to find the sheet of a
        workbook and the row of names in it.
    needs
        One column of each of these must be there for a sheet to be the one meant.
    sheet
        The sheet to take of a workbook; None to find it.
    most_rows
        Rows of a file from which some are chosen; None for `MOST_ROWS`. A workbook
        never has more.
    may_be_empty
        Whether a table without rows is one: of absences there may be none.
    """

    what: str
    error: type[FaultsError]
    one_row: str
    layer: str | None = None
    allow_areas: bool = False
    recognise: Recognise = frozenset
    needs: Sequence[Collection[str]] = ()
    sheet: str | None = None
    most_rows: int | None = None
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeoTable:
    """A table as read, before its contents are checked.

    Attributes
    ----------
    source
        What to call the table in a message.
    columns
        The names of the columns, in order, repeated where the file repeats them.
    cells
        The values by column name, all of the same length.
    where
        What to call each row in a message: ``'row 12'``, lines of a CSV or rows of a
        sheet, or ``'feature 3'``, features of any other file.
    shapes
        Geometry as given, one a row; None if the table has no geometry.
    assumed_crs
        Coordinate system of shapes that name none; None if nothing is assumed.
    faults
        Faults met while reading: (row position, or None for the whole table; message).
    notices
        What was read other than as it is written, one sentence each.
    name_length
        Longest column name the format can hold; None if it has no such limit.
    is_csv
        Whether the cells are text that a spreadsheet may have written.
    doubts
        Cells that cannot be read as they stand, such as errors of Excel: column ->
        row position -> what the cell is. A fault where the column is read.
    sheet
        The sheet of a workbook that has several.
    """

    source: str
    columns: Sequence[str]
    cells: Mapping[str, Sequence[Any]]
    where: Sequence[str]
    shapes: gpd.GeoSeries | None = None
    assumed_crs: str | None = None
    faults: Sequence[tuple[int | None, str]] = ()
    notices: Sequence[str] = ()
    name_length: int | None = None
    is_csv: bool = False
    doubts: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    sheet: str | None = None

    def describe_faults(self, faults: Iterable[tuple[int | None, str]]) -> list[str]:
        """List faults, each with the name of its row, those of one kind together.

        ``faults``: row position, or None for the whole table, which come last; and message.
        """
        found = list(faults)
        rows = sorted((row, text) for row, text in found if row is not None)
        lines = group_by_kind([(self.where[row], text) for row, text in rows])
        return [*lines, *(text for row, text in found if row is None)]

    @classmethod
    def of_frame(cls, frame: pd.DataFrame, *, source: str, row: str) -> GeoTable:
        """Make a table from a data frame; `row` is the word for a row.

        A named index is a column, unless a column has its name.
        """
        shapes = None
        if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
            shapes = frame.geometry.reset_index(drop=True)
            frame = pd.DataFrame(frame.drop(columns=frame.active_geometry_name))
        if frame.index.name is not None and frame.index.name not in frame:
            frame = frame.reset_index()
        names = [str(name) for name in frame.columns]
        return cls(
            source=source,
            columns=names,
            cells={name: frame.iloc[:, k].tolist() for k, name in enumerate(names)},
            where=[f"{row} {k + 1}" for k in range(len(frame))],
            shapes=shapes,
        )

    def select_rows(self, rows: Sequence[int]) -> GeoTable:
        """Select rows by position."""
        new = {old: k for k, old in enumerate(rows)}
        return replace(
            self,
            cells={name: [cells[k] for k in rows] for name, cells in self.cells.items()},
            where=[self.where[k] for k in rows],
            shapes=None if self.shapes is None else self.shapes.iloc[rows].reset_index(drop=True),
            faults=[
                (None if row is None else new[row], message)
                for row, message in self.faults
                if row is None or row in new
            ],
            doubts={
                name: {new[row]: what for row, what in found.items() if row in new}
                for name, found in self.doubts.items()
            },
        )

    def doubts_of(self, columns: Collection[str]) -> Iterator[tuple[int, str]]:
        """The row and the fault of every cell of these columns that cannot be read."""
        for name in self.doubts:
            if name in columns:
                yield from self.doubts[name].items()


def read_geotable(path: Path, use: TableUse, *, shown: str | None = None) -> GeoTable:
    """Read the table in a file of any format in `_READERS`, chosen by its ending.

    Parameters
    ----------
    path
        The file, or the folder of a geodatabase; read only.
    use
        What the table is for.
    shown
        What the user calls the file; default the path.

    Raises
    ------
    FaultsError
        Of the kind ``use.error``: if the file is missing, empty, too large, not
        what its ending says, or has several layers that could be meant.
    """
    file = _File(path, str(path) if shown is None else shown, use)
    ending = path.suffix.lower()
    if ending not in _READERS:
        raise use.error(
            f"{file.shown}: {use.what} cannot be read from a file ending in "
            f"{path.suffix or 'nothing'!r}",
            remedy=f"Save the {use.what} as one of {', '.join(_READERS)}.",
        )
    if use.sheet is not None and ending not in (*WORKBOOK_ENDINGS, ".zip"):
        raise use.error(
            f"{file.shown} has no sheets, and sheet {use.sheet!r} is to be read",
            remedy="Leave the sheet out.",
        )
    is_geodatabase = ending == ".gdb" and path.is_dir()
    if not (path.is_file() or is_geodatabase):
        raise use.error(f"{file.shown} is not there", remedy="Check the path.")
    try:
        if not is_geodatabase and path.stat().st_size == 0:
            raise use.error(f"{file.shown} is empty", remedy=use.one_row)
        require_kind(path, shown=file.shown, error=use.error)
        return _READERS[ending](file)
    except use.error:
        raise
    except FaultsError as error:
        raise file.unreadable(error.headline, error.remedy) from error
    except RecursionError as error:
        raise file.unreadable(TOO_DEEP) from error
    except UnicodeDecodeError as error:
        raise file.unreadable("it is not UTF-8 text", "Save it as UTF-8.") from error
    except _READ_ERRORS as error:
        raise file.unreadable(str(error)) from error


def read_named_columns(
    path: str | Path,
    use: TableUse,
    names: Mapping[str, Sequence[str]],
    *,
    mapped: Mapping[str, str] | None = None,
) -> GeoTable:
    """Read a table and put its cells under our names of columns; others are left out.

    Parameters
    ----------
    path
        The file; of a workbook the sheet may be named, ``trips.xlsx#Sheet``.
    use
        What the table is for; ``needs`` are in our names.
    names
        Names that a file may have for each of ours, preferred ones first.
    mapped
        The file's own names, by ours; '' reads no column.

    Raises
    ------
    FaultsError
        Of the kind ``use.error``: as `read_geotable`, or if a column is missing or could be
        two of the file's.
    """
    place, sheet = split_sheet(path)
    wanted = _wanted_columns(names, mapped or {})
    table = read_geotable(
        place,
        replace(use, sheet=sheet, recognise=lambda found: recognise_columns(found, wanted)),
    )
    return name_columns(table, use, names, mapped=mapped)


def _wanted_columns(
    names: Mapping[str, Sequence[str]], given: Mapping[str, str]
) -> dict[str, Sequence[str]]:
    """Names that the file may have for each of ours, but for those that are not to be read."""
    return {
        ours: (given[ours],) if given.get(ours) else theirs
        for ours, theirs in names.items()
        if given.get(ours) != ""
    }


def name_columns(
    table: GeoTable,
    use: TableUse,
    names: Mapping[str, Sequence[str]],
    *,
    mapped: Mapping[str, str] | None = None,
) -> GeoTable:
    """Put the cells of a table under our names of columns, as `read_named_columns` does."""
    given = {} if mapped is None else mapped
    wanted = _wanted_columns(names, given)
    faults = [
        f"there is no field {ours} (there are {', '.join(names)})"
        for ours in given
        if ours not in names
    ]
    found, doubled = locate_columns(table, wanted)
    faults += doubled
    faults += [
        f"no column {theirs!r}, which is to be read as {ours}"
        for ours, theirs in given.items()
        if ours in wanted and ours not in found
    ]
    faults += [
        f"no column {' or '.join(needed)}"
        for needed in use.needs
        if not set(needed) & {*found, *(ours for ours in given if given[ours])}
    ]
    if not table.where and not use.may_be_empty:
        faults.append("it has no rows")
    if faults:
        listed = ", ".join(table.columns) or "none"
        raise use.error(
            f"{table.source} cannot be read as {use.what}",
            [*faults, f"its columns are {listed}"],
            f"Name the columns: columns = {{ {next(iter(names))} = 'NAME IN THE FILE' }}. "
            f"{use.one_row}",
        )
    return replace(
        table,
        columns=list(found),
        cells={ours: table.cells[theirs] for ours, theirs in found.items()},
        faults=[*table.faults, *table.doubts_of(set(found.values()))],
        doubts={},
    )


def recognise_columns(names: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> set[str]:
    """Find which of our columns there are among the names of columns."""
    there = {plain_column(name) for name in names}
    return {ours for ours, theirs in wanted.items() if there & set(map(plain_column, theirs))}


def locate_columns(
    table: GeoTable, wanted: Mapping[str, Sequence[str]]
) -> tuple[dict[str, str], list[str]]:
    """Map our names of columns to the file's, and say which could be two of them."""
    found, faults = {}, []
    for ours, theirs in wanted.items():
        for name in theirs:
            sought = {plain_column(name), plain_column(name[: table.name_length])}
            matches = [column for column in table.columns if plain_column(column) in sought]
            if len(matches) > 1:
                faults.append(f"columns {', '.join(map(repr, matches))} could each be {ours}")
            if matches:
                found[ours] = matches[0]
                break
    return found, faults


def plain_column(name: str) -> str:
    """Reduce the name of a column to small letters and digits."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    shown: str
    use: TableUse

    def unreadable(self, why: str, remedy: str = CHECK_FILE) -> FaultsError:
        return self.use.error(f"{self.shown} cannot be read", first_few(why.splitlines()), remedy)

    def require_rows(self, count: int) -> None:
        require_rows(
            count, shown=self.shown, error=self.use.error, most=self.use.most_rows or MOST_ROWS
        )


def _from_zip(file: _File) -> GeoTable:
    """Read the one table in a zip, unpacked into a temporary folder."""
    with zipfile.ZipFile(file.path) as archive, tempfile.TemporaryDirectory() as folder:
        require_unpackable(
            archive.infolist(),
            most_bytes=_UNPACKED_LIMIT_BYTES,
            shown=file.shown,
            error=file.use.error,
        )
        archive.extractall(folder)
        root = Path(folder)
        found = sorted(
            inner
            for inner in root.rglob("*")
            if inner.suffix.lower() in _READERS
            and "__MACOSX" not in inner.parts
            and not any(p.suffix.lower() == ".gdb" for p in inner.relative_to(root).parents)
        )
        if len(found) != 1:
            names = ", ".join(str(inner.relative_to(root)) for inner in found)
            raise file.unreadable(
                f"it has {len(found)} files that could be the {file.use.what}"
                f"{': ' * bool(found)}{names}",
                "Unpack it and give the file itself.",
            )
        inside = f"{file.shown}/{found[0].relative_to(root)}"
        return read_geotable(found[0], file.use, shown=inside)


def _from_geojson(file: _File) -> GeoTable:
    """Read GeoJSON features without GDAL, which guesses one type for a column of mixed types."""
    content = read_json(file.path, shown=file.shown, error=file.use.error)
    top = content if isinstance(content, dict) else {}
    features = top.get("features")
    if any(part.get("exceededTransferLimit") for part in (top, _object(top, "properties"))):
        raise file.unreadable(
            "it is one page of a longer answer of a map server (exceededTransferLimit)",
            "Ask for the other pages too, or download the whole layer.",
        )
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise file.unreadable("it is JSON, but not a GeoJSON FeatureCollection")
    file.require_rows(len(features))
    if any("attributes" in feature for feature in features):  # Esri JSON
        return _of_features(_read_layer(file.path).reset_index(drop=True), file)
    rows = [({"id": f["id"]} if "id" in f else {}) | _object(f, "properties") for f in features]
    names = list(dict.fromkeys(name for row in rows for name in row))
    given = [feature.get("geometry") for feature in features]
    texts = np.array([None if g is None else json.dumps(g) for g in given], dtype=object)
    shapes = shapely.from_geojson(texts, on_invalid="ignore")
    # What the older ``crs`` member names; without one GeoJSON is in degrees.
    crs = _object(_object(top, "crs"), "properties").get("name")
    return GeoTable(
        source=file.shown,
        columns=names,
        cells={name: [row.get(name) for row in rows] for name in names},
        where=[f"feature {k + 1}" for k in range(len(features))],
        shapes=gpd.GeoSeries(shapes, crs=None if crs is None else CRS.from_user_input(crs)),
        assumed_crs=DEGREES,
        faults=[
            (k, "the geometry is not valid GeoJSON")
            for k, (g, shape) in enumerate(zip(given, shapes, strict=True))
            if g is not None and shape is None
        ],
    )


def _object(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Find the JSON object of that name; an empty one if there is none."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _from_layers(file: _File) -> GeoTable:
    """Choose and read the layer of a file that can hold several."""
    kinds = {str(n): kind for n, kind in pyogrio.list_layers(file.path) if kind is not None}
    points = [name for name, kind in kinds.items() if _may_be_points(kind)]
    layers = list(kinds) if file.use.allow_areas or len(kinds) == 1 else points
    if file.use.layer in layers:
        layers = [file.use.layer]
    if len(layers) != 1:
        named = f"as a layer called {file.use.layer}, or " if file.use.layer else ""
        raise file.unreadable(
            f"it has {len(layers)} layers with places" + "".join(f", {name}" for name in layers),
            f"Save the {file.use.what} {named}as the only layer of places in a file.",
        )
    about = pyogrio.read_info(file.path, layer=layers[0], force_feature_count=True)
    if about["driver"] not in LAYER_DRIVERS[file.path.suffix.lower()]:
        raise file.unreadable(f"it is {about['driver']}")
    file.require_rows(about["features"])
    number = str(about["fid_column"] or "")
    frame = _read_layer(file.path, layer=layers[0])
    if number and number not in frame:
        frame.insert(0, number, frame.index)
    table = _of_features(frame.reset_index(drop=True), file)
    is_shapefile = about["driver"] == "ESRI Shapefile"
    return replace(table, name_length=_SHAPEFILE_NAME_LENGTH) if is_shapefile else table


def _may_be_points(kind: str) -> bool:
    return kind == "Unknown" or "Point" in kind or "Collection" in kind


def _read_layer(path: Path, *, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read the features of a layer, indexed by their numbers in the file.

    A moment comes as text, which keeps the offset that it was written with. Arrow
    keeps whole numbers whole where some are missing, as long ids need.
    """
    options = {} if layer is None else {"layer": layer}
    with warnings.catch_warnings():
        # Of moments with offsets in a GeoPackage.
        warnings.filterwarnings("ignore", "Non-conformant content", RuntimeWarning)
        return gpd.read_file(
            path,
            datetime_as_string=True,
            fid_as_index=True,
            use_arrow=True,
            arrow_to_pandas_kwargs={"integer_object_nulls": True},
            **options,
        )


def _from_geoparquet(file: _File) -> GeoTable:
    file.require_rows(pq.read_metadata(file.path).num_rows)
    return _of_features(gpd.read_parquet(file.path), file)


def _of_features(frame: pd.DataFrame, file: _File) -> GeoTable:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise file.unreadable("it has no places")
    return GeoTable.of_frame(frame, source=file.shown, row="feature")


def _from_csv(file: _File) -> GeoTable:
    """Read the rows of a CSV separated by commas, semicolons or tabs.

    The text is UTF-8 or UTF-16, or else Windows-1252, in which Excel saves what
    it calls CSV. A first line ``sep=;`` names the separator, as Excel has it.
    Empty cells beyond the last name of the header, a title above it, and a source
    or legend below the table are left out.
    """
    require_size(file.path, most_bytes=LARGEST_TEXT_BYTES, shown=file.shown, error=file.use.error)
    text, notices = _decoded(file)
    first, _, rest = text.partition("\n")
    skipped = 0
    if named := _NAMED_SEPARATOR.fullmatch(first.strip()):
        separator, text, skipped = named.group(1), rest, 1
    else:
        head = [line for line in text.splitlines()[:HEAD_LINES] if any(c in line for c in ",;\t")]
        separator = max(",;\t", key=(head or [""])[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1 + skipped
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row) or not rows:
                rows.append(row)
                lines.append(line)
                # Stopped here: to read a million rows takes minutes and gigabytes.
                if len(rows) > (file.use.most_rows or MOST_ROWS) + HEAD_LINES:
                    file.require_rows(max(len(rows), text.count("\n")) - 1)
            line = reader.line_num + 1 + skipped
    except csv.Error as error:
        raise file.unreadable(f"row {line}: {error}", "Check the quotes there.") from error
    top = header_row(rows)
    if top:
        notices.append(f"{counted(top, 'line')} above the names of the columns left out")
    header = [name.strip() for name in rows[top]] if rows else []
    below = _count_lines_below(rows[top + 1 :], len(header))
    if below:
        notices.append(f"{counted(below, 'line')} below the table left out")
    end = len(rows) - below
    body = [_trim(row, len(header)) for row in rows[top + 1 : end]]
    return GeoTable(
        source=file.shown,
        columns=header,
        cells={
            name: [row[k] if k < len(row) else None for row in body]
            for k, name in enumerate(header)
            if name
        },
        where=[f"row {number}" for number in lines[top + 1 : end]],
        faults=[
            (k, f"{len(row)} cells, but the header has {len(header)}")
            for k, row in enumerate(body)
            if len(row) != len(header)
        ],
        notices=notices,
        is_csv=True,
    )


def _from_workbook(file: _File) -> GeoTable:
    """The rows of a sheet, with Excel's row numbers, and its faults by the names of cells.

    A title above the names of the columns and a source below the table are left
    out, and so are empty rows and columns. See `zoning.workbooks.tables` for the sheet.
    """
    use = file.use
    sheets = read_workbook(file.path, shown=file.shown, error=use.error)
    table, notices = choose_table(
        [find_table(sheet, use.recognise) for sheet in sheets],
        what=use.what,
        shown=file.shown,
        wanted=use.sheet,
        needs=use.needs,
        fail=file.unreadable,
    )
    if table.sheet.is_too_large:
        file.require_rows(table.sheet.row_count)
        raise file.unreadable(
            f"sheet {table.sheet.name} has a cell so far out that there are too many columns",
            "Copy the table alone into a new workbook.",
        )
    file.require_rows(len(table.rows))
    columns = [(k, name) for k, name in enumerate(table.names) if name]
    position = {number: k for k, (number, _) in enumerate(table.rows)}
    doubts: dict[str, dict[int, str]] = {}
    for (number, k), what in table.sheet.doubts.items():
        if number in position and k < len(table.names):
            found = doubts.setdefault(table.names[k], {})
            found[position[number]] = f"cell {cell_name(number, k)!r} holds {what}"
    is_alone = len(sheets) == 1
    return GeoTable(
        source=file.shown if is_alone else f"{file.shown}, sheet {table.sheet.name}",
        columns=[name for _, name in columns],
        cells={
            name: [cells[k] if k < len(cells) else None for _, cells in table.rows]
            for k, name in columns
        },
        where=[f"row {number}" for number, _ in table.rows],
        notices=[*notices, *table.notices()],
        is_csv=True,
        doubts=doubts,
        sheet=None if is_alone else table.sheet.name,
    )


def _count_lines_below(rows: Sequence[Sequence[str]], width: int) -> int:
    """Count the last lines that are a source or a legend, not rows of the table."""
    count = 0
    for row in reversed(rows):
        first, *others = (cell.strip() for cell in row)
        is_sentence = " " in first and len(first) >= SENTENCE_LENGTH
        is_legend = is_sentence and (len(row) < width or not any(others))
        if width < MIN_NAMES or not (len(row) == 1 or is_legend):
            break
        count += 1
    return count


def _trim(row: list[str], width: int) -> list[str]:
    """Drop a row's empty cells beyond the last name of the header."""
    while len(row) > width and not row[-1].strip():
        row = row[:-1]
    return row


def _decoded(file: _File) -> tuple[str, list[str]]:
    """Decode a file; return a notice too if the encoding had to be guessed."""
    content = file.path.read_bytes()
    encodings = ("utf-16",) if content.startswith(_UTF16_MARKS) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if encoding != "cp1252":
            return text, []
        return text, ["not UTF-8: read as Windows-1252, as Excel saves CSV"]
    raise file.unreadable("it is not text in UTF-8 or Windows-1252", "Save it as CSV UTF-8.")


_READERS: Final[Mapping[str, Callable[[_File], GeoTable]]] = {
    ".csv": _from_csv,
    ".geojson": _from_geojson,
    ".json": _from_geojson,
    ".gpkg": _from_layers,
    ".shp": _from_layers,
    ".parquet": _from_geoparquet,
    ".geoparquet": _from_geoparquet,
    ".gdb": _from_layers,
    ".fgb": _from_layers,
    ".kml": _from_layers,
    ".kmz": _from_zip,  # GDAL keeps the columns of a KML, and loses those of a KMZ
    ".zip": _from_zip,
    **dict.fromkeys(WORKBOOK_ENDINGS, _from_workbook),
}
