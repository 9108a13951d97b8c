"""Node and link tables by the names of the General Modeling Network Specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import NetworkError
from zoning.roads.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.network import RoadNetwork
from zoning.roads.sources.classes import LEAVE_OUT
from zoning.roads.sources.finishing import finished, kept_classes
from zoning.roads.sources.gmns_tables import GmnsTables, checked_gmns, texts
from zoning.roads.sources.line_classes import line_classes
from zoning.roads.sources.links import Links, lengths_m
from zoning.roads.sources.options import BuildOptions
from zoning.roads.sources.values import SpeedUnit, speed_unit_named, speeds_kph
from zoning.roads.tables import SHORTER_M, SHORTER_SHARE, row_faults
from zoning.units import METRES_PER_MILE

_METRES: Final[Mapping[str, float]] = {
    "m": 1.0,
    "meters": 1.0,
    "km": 1000.0,
    "kilometers": 1000.0,
    "mi": METRES_PER_MILE,
    "mile": METRES_PER_MILE,
    "miles": METRES_PER_MILE,
    "ft": 0.3048,
    "feet": 0.3048,
}
_SPEED_UNITS: Final[Mapping[str, SpeedUnit]] = {
    "mph": SpeedUnit.MPH,
    "kmh": SpeedUnit.KMH,
    "kph": SpeedUnit.KMH,
    "km/h": SpeedUnit.KMH,
    "kmph": SpeedUnit.KMH,
}
_LEAST_RATIO: Final = 0.8
_MOST_RATIO: Final = 3.0
_CAR_USES: Final = frozenset({"all", "auto", "car", "drive", "sov", "hov", "hov2", "hov3", "truck"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GmnsUnits:
    """Units of a GMNS folder; None takes them from its ``config.csv``, else the default.

    Attributes
    ----------
    length
        Of ``length``: ``m``, ``km``, ``mi`` or ``ft``. Default miles, as in the
        specification's own examples.
    speed
        Of ``free_speed``: ``mph`` or ``kmh``. Default mph.
    crs
        Of ``x_coord``, ``y_coord`` and ``geometry``. Default EPSG:4326.
    """

    length: str | None = None
    speed: SpeedUnit | str | None = None
    crs: str | None = None


def read_gmns(
    folder: str | Path,
    *,
    units: GmnsUnits | None = None,
    classes: Mapping[str, str] | None = None,
    options: BuildOptions | None = None,
    source: str | None = None,
    attribution: str = "",
) -> RoadNetwork:
    """A street network from ``node.csv`` and ``link.csv``; its ``report`` says what was done.

    Of nodes: ``node_id``, ``x_coord``, ``y_coord``, optional ``ctrl_type``. Of
    links: ``from_node_id``, ``to_node_id``, ``directed`` (true is one-way), and
    optional ``link_id``, ``length`` (measured where blank), ``facility_type``
    (class), ``free_speed``, ``name``, ``geometry`` (WKT), ``allowed_uses`` (a
    link for no kind of car is left out). Zone connectors (``facility_type``
    ``centroid_connector``) are no streets.

    Parameters
    ----------
    folder
        Holds both files, UTF-8; ``config.csv`` may give the units
        (``long_length``, ``speed``, ``crs``).
    units
        Units given by the user, which win over ``config.csv``.
    classes
        Value of ``facility_type`` -> our class, as for
        `zoning.roads.read_centrelines`.
    options
        What to keep, and what to put where the tables say nothing. Links are
        not merged unless asked.
    source
        Where the streets come from, in words for a planner; the folder's name
        if None.
    attribution
        To be shown on every map of the network.

    Raises
    ------
    NetworkError
        Every fault at once, with row numbers (row 1 follows the header): a file
        or column is missing, an id is unknown or repeated, a place, length,
        direction or geometry cannot be read. Or a unit is unknown, or the
        lengths cannot be in it.

    References
    ----------
    General Modeling Network Specification, Zephyr Foundation: tables ``node``,
    ``link`` and ``config``.
    """
    place = Path(folder)
    choices = options if options is not None else BuildOptions()
    draft = ReportDraft()
    tables = read_tables(place, ("node", "link"))
    metres, speed_unit, crs = _units(place, units if units is not None else GmnsUnits(), draft)
    links = _links(
        checked_gmns(tables["node"], tables["link"], metres=metres, crs=crs),
        tables["link"],
        speed_unit=speed_unit,
        classes={"centroid_connector": LEAVE_OUT} | dict(classes or {}),
        options=choices,
        draft=draft,
    )
    return finished(
        links,
        options=choices,
        merge=False,
        draft=draft,
        source=source if source is not None else f"GMNS tables in {place.name}",
        attribution=attribution,
    )


def read_tables(folder: Path, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """CSV tables of a folder by name, every cell as text; all faults in one error."""
    tables, faults = {}, []
    for name in names:
        path = folder / f"{name}.csv"
        try:
            # As text: 'NA' can be a street, and ids keep their leading zeros.
            tables[name] = pd.read_csv(path, dtype=str, keep_default_na=False)
        except FileNotFoundError:
            faults.append(f"{path} does not exist")
        except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as e:
            faults.append(f"{path} cannot be read as a CSV table: {e}")
    if faults:
        raise NetworkError("the street network cannot be read", faults)
    return tables


def _units(folder: Path, given: GmnsUnits, draft: ReportDraft) -> tuple[float, SpeedUnit, CRS]:
    """Metres in a unit of length, the unit of speed, and the coordinate system."""
    config: dict[str, str] = {}
    if (folder / "config.csv").is_file():
        frame = read_tables(folder, ("config",))["config"]
        config = {str(k): str(v).strip() for k, v in frame.iloc[0].items()} if len(frame) else {}
    length = given.length or config.get("long_length") or "mi"
    speed = given.speed or config.get("speed") or SpeedUnit.MPH
    crs = given.crs or config.get("crs") or "EPSG:4326"
    assumed = [
        f"{what} {value}"
        for what, value, told in (
            ("lengths in", length, given.length or config.get("long_length")),
            ("speeds in", speed, given.speed or config.get("speed")),
            ("coordinates in", crs, given.crs or config.get("crs")),
        )
        if not told
    ]
    draft.add(
        FindingKind.GUESSED,
        "units",
        "units that neither config.csv nor the options give, taken by default",
        len(assumed),
        assumed,
    )
    if length.lower() not in _METRES:
        raise NetworkError(
            f"{length!r} is not a unit of length", remedy=f"Use one of {', '.join(_METRES)}."
        )
    try:
        system = CRS.from_user_input(crs)
    except CRSError as error:
        raise NetworkError(
            f"{crs!r} is not a coordinate system", remedy="Give a code such as EPSG:4326."
        ) from error
    unit = _SPEED_UNITS.get(str(speed).lower())
    return _METRES[length.lower()], unit or speed_unit_named(speed), system


def _links(
    table: GmnsTables,
    rows: pd.DataFrame,
    *,
    speed_unit: SpeedUnit,
    classes: Mapping[str, str],
    options: BuildOptions,
    draft: ReportDraft,
) -> Links:
    draft.add(FindingKind.READ, "rows", "rows of link.csv", len(rows))
    measured = lengths_m(table.lines)
    _require_plausible(table, measured)
    draft.add(
        FindingKind.GUESSED,
        "length_measured",
        "links without a length, measured along their line",
        int(np.isnan(table.length_m).sum()),
    )
    kph = speeds_kph(
        texts(rows, "free_speed").tolist(),
        unit=speed_unit,
        plausible=options.plausible_kph,
        draft=draft,
        column="free_speed",
    )
    road_class = line_classes(texts(rows, "facility_type"), kph, given=classes, draft=draft)
    streets = _streets(rows, road_class, measured, draft)
    kept_class, is_kept = kept_classes(road_class[streets], options, draft)
    kept = streets[is_kept]
    return Links(
        junction_ids=table.ids,
        lon=table.places[:, 0],
        lat=table.places[:, 1],
        control=table.control,
        start=table.tail[kept],
        end=table.head[kept],
        lines=table.lines[kept],
        length_m=np.where(np.isnan(table.length_m), measured, table.length_m)[kept],
        oneway=table.oneway[kept],
        kph=kph[kept],
        road_class=kept_class[is_kept],
        area=np.full(len(kept), ""),
        name=texts(rows, "name")[kept],
    )


def _streets(
    rows: pd.DataFrame,
    road_class: NDArray[np.str_],
    measured: NDArray[np.float64],
    draft: ReportDraft,
) -> NDArray[np.intp]:
    """Rows that cars may use and that are streets of some length."""
    uses = [set(text.lower().replace(",", ";").split(";")) for text in texts(rows, "allowed_uses")]
    for_cars = np.array(
        [words == {""} or any(word.strip() in _CAR_USES for word in words) for words in uses],
        dtype=bool,
    )
    no_street = road_class == LEAVE_OUT
    empty = measured == 0
    draft.add(
        FindingKind.LEFT_OUT,
        "closed",
        "links whose allowed_uses name no kind of car",
        int((~for_cars).sum()),
        value_counts(texts(rows, "allowed_uses")[~for_cars].tolist()),
    )
    draft.add(
        FindingKind.LEFT_OUT,
        "not_streets",
        "links of a class that is not a street",
        int(no_street.sum()),
        value_counts(texts(rows, "facility_type")[no_street].tolist()),
    )
    draft.add(
        FindingKind.LEFT_OUT,
        "zero_length",
        "links of no length",
        int(empty.sum()),
        [f"row {k + 1}" for k in np.flatnonzero(empty)],
    )
    return np.flatnonzero(for_cars & ~no_street & ~empty)


def _require_plausible(table: GmnsTables, measured: NDArray[np.float64]) -> None:
    """Refuse lengths in another unit than the one given, and lengths that are too short."""
    both = np.isfinite(table.length_m) & (measured > 0)
    ratio = float(np.median(table.length_m[both] / measured[both])) if both.any() else 1.0
    if not _LEAST_RATIO <= ratio <= _MOST_RATIO:
        raise NetworkError(
            "the lengths cannot be in the unit that was given or taken by default",
            [f"in the middle, a link is {ratio:.3g} times as long as its line"],
            "Say the unit with --length-unit (in Python: GmnsUnits(length='m')), or in long_length "
            "of config.csv.",
        )
    straight = lengths_m(_straight(table))
    faults = row_faults(
        "link",
        table.length_m < straight * (1 - SHORTER_SHARE) - SHORTER_M,
        lambda k: (
            f"length is {table.length_m[k]:.1f} m, shorter than the straight line between its "
            f"ends, {straight[k]:.1f} m"
        ),
    )
    if faults:
        raise NetworkError("the GMNS tables cannot be used", faults, "Correct these lengths.")


def _straight(table: GmnsTables) -> NDArray[Any]:
    ends = np.stack([table.places[table.tail], table.places[table.head]], axis=1)
    return np.asarray(shapely.linestrings(ends))
