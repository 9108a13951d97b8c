"""Node and link tables by the names of the General Modeling Network Specification."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zoning.errors import NetworkError, typed
from zoning.inputs import LARGEST_STREETS_BYTES, require_kind, require_size
from zoning.roads.road_network import RoadNetwork
from zoning.roads.sources.classes import LEAVE_OUT
from zoning.roads.sources.finishing import finished, kept_classes
from zoning.roads.sources.gmns_tables import (
    GmnsTables,
    checked_gmns,
    texts,
    with_geometries,
    with_our_names,
)
from zoning.roads.sources.gmns_units import GmnsUnits, system_of, units_of
from zoning.roads.sources.line_classes import line_classes
from zoning.roads.sources.links import Links, lengths_m
from zoning.roads.sources.options import BuildOptions
from zoning.roads.sources.values import SpeedUnit, speeds_kph
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.streets.tables import SHORTER_M, SHORTER_SHARE, numbers

_CAR_USES: Final = frozenset(
    {"all", "auto", "car", "drive", "sov", "hov", "hov2", "hov3", "hov3+", "truck"}
)


# What GMNS tables call links that are no streets, and ramps.
_CLASSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("bikeway", "crosswalk", "cycletrack", "sidewalk", "walkway", "shared use path"), LEAVE_OUT
    ),
    **dict.fromkeys(("centroid_connector", "connector", "transit", "railway"), LEAVE_OUT),
    **dict.fromkeys(("on-ramp", "off-ramp"), "ramp"),
}
_UNUSED: Final = (
    *("lane", "lane_tod", "link_tod", "movement", "movement_tod", "segment", "segment_lane"),
    *("segment_tod", "segment_lane_tod", "signal_controller", "signal_timing_plan", "curb_seg"),
)


@typed
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
    links: ``from_node_id``, ``to_node_id``, ``directed`` (true is one-way; where it
    is blank, links each way show it), and optional ``link_id``, ``length``
    (measured where blank), ``facility_type`` (class), ``free_speed``, ``name``,
    ``geometry`` (WKT; or ``geometry_id``, of geometry.csv), ``lanes`` and
    ``allowed_uses`` (a link without a lane or a use for cars is left out, groups
    as in use_group.csv). Walks, cycleways and zone connectors are no streets.
    Blank and NaN are missing values. Lanes, movements, segments, signal timings
    and times of day are not modelled.

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
        direction or geometry cannot be read. Or the units cannot be told, see
        `GmnsUnits`.

    References
    ----------
    General Modeling Network Specification, Zephyr Foundation: tables ``node``,
    ``link`` and ``config``.
    """
    place = Path(folder)
    choices = options if options is not None else BuildOptions()
    given = units if units is not None else GmnsUnits()
    draft = ReportDraft()
    tables = read_tables(place, ("node", "link"))
    nodes = with_our_names("node", tables["node"])
    rows = with_geometries(with_our_names("link", tables["link"]), _optional(place, "geometry"))
    config = _config(place)
    draft.add(FindingKind.READ, "rows", "rows of link.csv", len(rows))
    table = checked_gmns(nodes, rows, crs=system_of(given.crs, config, draft), draft=draft)
    measured = lengths_m(table.lines)
    metres, speed_unit = units_of(
        given,
        config,
        length=table.length,
        measured=measured,
        speeds=texts(rows, "free_speed"),
        draft=draft,
    )
    links = _links(
        table,
        rows,
        length_m=_lengths(table, measured, metres, draft),
        speed_unit=speed_unit,
        uses=_car_uses(_optional(place, "use_group")),
        classes={**_CLASSES} | dict(classes or {}),
        options=choices,
        draft=draft,
    )
    unused = [name for name in _UNUSED if (place / f"{name}.csv").is_file()]
    draft.add(
        FindingKind.NOT_MODELLED,
        "tables",
        "tables of lanes, movements, segments, signals and times of day, ignored",
        len(unused),
        [f"{name}.csv" for name in unused],
    )
    return finished(
        links,
        options=choices,
        merge=False,
        draft=draft,
        source=source if source is not None else f"GMNS tables in {place.name}",
        attribution=attribution,
    )


def _optional(folder: Path, name: str) -> pd.DataFrame | None:
    return read_tables(folder, (name,))[name] if (folder / f"{name}.csv").is_file() else None


def _config(folder: Path) -> dict[str, str]:
    frame = _optional(folder, "config")
    if frame is None or not len(frame):
        return {}
    return {str(name).strip().casefold(): str(texts(frame, name)[0]) for name in frame.columns}


def _car_uses(groups: pd.DataFrame | None) -> frozenset[str]:
    """Uses and groups of uses that a car is among; a group may hold groups."""
    found = set(_CAR_USES)
    held = (
        {}
        if groups is None
        else dict(zip(texts(groups, "use_group"), map(_words, texts(groups, "uses")), strict=True))
    )
    for _ in held:
        found |= {str(group).casefold() for group, uses in held.items() if uses & found}
    return frozenset(found)


def _words(text: str) -> set[str]:
    return {word.strip() for word in re.split(r"[,;|]", text.casefold()) if word.strip()}


def read_tables(folder: Path, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """CSV tables of a folder by name, every cell as text; all faults in one error."""
    tables, faults = {}, []
    for name in names:
        path = folder / f"{name}.csv"
        try:
            require_kind(path, shown=path, error=NetworkError)
            require_size(path, most_bytes=LARGEST_STREETS_BYTES, shown=path, error=NetworkError)
            # As text: 'NA' can be a street, and ids keep their leading zeros.
            tables[name] = pd.read_csv(path, dtype=str, keep_default_na=False)
        except FileNotFoundError:
            faults.append(f"{path} does not exist")
        except NetworkError as e:
            faults.append(f"{path} cannot be read: {'; '.join(e.faults) or e}")
        except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as e:
            faults.append(f"{path} cannot be read as a CSV table: {e}")
    if faults:
        raise NetworkError("the street network cannot be read", faults)
    return tables


def _lengths(
    table: GmnsTables, measured: NDArray[np.float64], metres: float, draft: ReportDraft
) -> NDArray[np.float64]:
    """Metres of every link: as given, unless that is less than the straight line."""
    draft.add(
        FindingKind.GUESSED,
        "length_measured",
        "links without a length, measured along their line",
        int(np.isnan(table.length).sum()),
    )
    ends = np.stack([table.places[table.tail], table.places[table.head]], axis=1)
    straight = lengths_m(np.asarray(shapely.linestrings(ends)))
    least = straight * (1 - SHORTER_SHARE) - SHORTER_M
    given = table.length * metres
    short = given < least
    draft.add(
        FindingKind.REPAIRED,
        "length_short",
        "links whose length is less than the straight line between their ends; that of their line "
        "is taken instead",
        int(short.sum()),
        [f"row {k + 1}: {given[k]:.1f} m for {straight[k]:.1f} m" for k in np.flatnonzero(short)],
    )
    # A line may end short of its node, at the stop line.
    along = np.where(measured < least, straight, measured)
    return np.where(np.isnan(given) | short, along, given)


def _links(
    table: GmnsTables,
    rows: pd.DataFrame,
    *,
    length_m: NDArray[np.float64],
    speed_unit: SpeedUnit | None,
    uses: frozenset[str],
    classes: Mapping[str, str],
    options: BuildOptions,
    draft: ReportDraft,
) -> Links:
    kph = speeds_kph(
        texts(rows, "free_speed").tolist(),
        unit=speed_unit,
        plausible=options.plausible_kph,
        draft=draft,
        column="free_speed",
    )
    road_class = line_classes(texts(rows, "facility_type"), kph, given=classes, draft=draft)
    streets = _streets(rows, road_class, length_m, uses, draft)
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
        length_m=length_m[kept],
        oneway=table.oneway[kept],
        kph=kph[kept],
        road_class=kept_class[is_kept],
        area=np.full(len(kept), ""),
        name=texts(rows, "name")[kept],
    )


def _streets(
    rows: pd.DataFrame,
    road_class: NDArray[np.str_],
    length_m: NDArray[np.float64],
    uses: frozenset[str],
    draft: ReportDraft,
) -> NDArray[np.intp]:
    """Rows that cars may use and that are streets of some length."""
    words = [_words(text) for text in texts(rows, "allowed_uses").tolist()]
    # No lane for motor vehicles closes a link whose uses are not given, unless none has any.
    lanes = numbers(pd.Series(texts(rows, "lanes")))
    laneless = (lanes == 0) & bool((lanes > 0).any())
    for_cars = np.array(
        [
            bool(some & uses) if some else not none
            for some, none in zip(words, laneless, strict=True)
        ],
        dtype=bool,
    )
    no_street = road_class == LEAVE_OUT
    empty = length_m == 0
    draft.add(
        FindingKind.LEFT_OUT,
        "closed",
        "links whose allowed_uses name no kind of car, or without a lane",
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
