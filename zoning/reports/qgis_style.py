"""QGIS styles for our layers: the same symbols as every map, as QML.

Written after files that QGIS 3 itself saves: a ``renderer-v2`` and a ``simple``
labelling; each property both as ``Option`` (from QGIS 3.20) and as ``prop``
(before).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template
from typing import Final, Literal, NamedTuple
from xml.etree.ElementTree import Element, SubElement, fromstring, indent, tostring

from zoning.symbols import SCHOOL_SYMBOLS, ZONE_FILLS

Layer = Literal["zones", "schools", "outline", "streets"]
LAYERS: Final[tuple[Layer, ...]] = ("zones", "schools", "outline", "streets")

_INK = "#1b2026"
# By shape, so that all look alike in size: a star needs a wider marker than a square.
_MARKER_MM: Final = {"circle": 2.2, "triangle": 2.8, "square": 2.4, "diamond": 3.2, "star": 5.0}
# Dark letters with a white edge. Numbers of QGIS: font weight 50 regular and 75 bold;
# placement 1 over a point, 4 horizontal in a polygon; quadrant 2 upper right, 4 centre.
_LABELLING = Template("""<labeling type="simple"><settings calloutType="simple">
<text-style fieldName="$field" isExpression="0" fontFamily="Sans Serif" fontSize="$size"
 fontSizeUnit="Point" fontWeight="$weight" namedStyle="$style" textColor="27,32,38,255"
 textOpacity="1"><text-buffer bufferDraw="1" bufferColor="255,255,255,255" bufferSize="1"
 bufferSizeUnits="MM" bufferOpacity="0.9" bufferJoinStyle="128" bufferNoFill="1"/></text-style>
<text-format wrapChar="" multilineAlign="3" plussign="0"/>
<placement placement="$placement" quadOffset="$quadrant" dist="0" xOffset="$offset_mm" yOffset="0"
 offsetUnits="MM" centroidInside="1" priority="$priority"/>
<rendering drawLabels="1" displayAll="0" obstacle="1" scaleVisibility="$by_scale"
 scaleMin="$from_scale" scaleMax="0"/>
</settings></labeling>""")
_ZONE_LABELS = {
    "field": "label",
    "size": 11,
    "weight": 75,
    "style": "Bold",
    "placement": 4,
    "quadrant": 4,
    "offset_mm": 0,
    "priority": 8,
    "by_scale": 0,
    "from_scale": 0,
}
# Names of schools crowd the map of a whole county: they show from 1:60,000 inwards.
_SCHOOL_LABELS = {
    "field": "name",
    "size": 8,
    "weight": 50,
    "style": "Regular",
    "placement": 1,
    "quadrant": 2,
    "offset_mm": 2,
    "priority": 4,
    "by_scale": 1,
    "from_scale": 60_000,
}


class _Category(NamedTuple):
    """The symbol of the rows with one value of the attribute."""

    value: str
    label: str
    look: Mapping[str, str]


def qgis_style(layer: Layer) -> str:
    """The style of a layer as QML.

    Beside a data file, under the same name with the ending ``.qml``, QGIS takes
    it when the file is opened.

    Parameters
    ----------
    layer
        ``zones``: colours by the column ``colour`` and labels by ``label``; ``schools``: shapes by
        ``level``, and the names from 1:60,000; ``outline``; ``streets``.

    Raises
    ------
    ValueError
        If there is no such layer.
    """
    if layer not in LAYERS:
        raise ValueError(f"no style for {layer!r}: choose one of {', '.join(LAYERS)}")
    return {"zones": _zones, "schools": _schools, "outline": _outline, "streets": _streets}[layer]()


def _zones() -> str:
    categories = [
        _Category(str(k), f"Colour {k + 1}", _fill(colour, outline="#3b434b", width_mm=0.5))
        for k, colour in enumerate(ZONE_FILLS)
    ]
    return _qml("fill", categories, attribute="colour", kind="integer", labels=_ZONE_LABELS)


def _schools() -> str:
    categories = [
        _Category(
            level,
            symbol.name,
            {
                "name": symbol.shape,
                "color": _rgba(symbol.fill),
                "outline_color": _rgba(_INK),
                "outline_style": "solid",
                "outline_width": "0.25",
                "outline_width_unit": "MM",
                "size": str(_MARKER_MM[symbol.shape]),
                "size_unit": "MM",
                "angle": "0",
            },
        )
        for symbol in SCHOOL_SYMBOLS
        for level in symbol.levels
    ]
    return _qml("marker", categories, attribute="level", kind="string", labels=_SCHOOL_LABELS)


def _outline() -> str:
    look = _fill("#ffffff", outline="#20262c", width_mm=0.8) | {"style": "no"}
    return _qml("fill", [_Category("", "", look)])


def _streets() -> str:
    categories = [
        _Category("freeway", "Freeway", _line("#6a7076", 0.7)),
        _Category("arterial", "Main street", _line("#868c92", 0.35)),
        _Category("", "Street", _line("#9aa0a5", 0.18)),
    ]
    return _qml("line", categories, attribute="road_class", kind="string")


def _qml(
    symbol: Literal["marker", "line", "fill"],
    categories: Sequence[_Category],
    *,
    attribute: str | None = None,
    kind: str = "",
    labels: Mapping[str, object] | None = None,
) -> str:
    """A style file; without an attribute all rows have the symbol of the only category."""
    root = Element(
        "qgis",
        version="3.28.0-Firenze",
        styleCategories="Symbology|Labeling",
        labelsEnabled="0" if labels is None else "1",
    )
    shared = {"symbollevels": "0", "enableorderby": "0", "forceraster": "0"}
    if attribute is None:
        renderer = SubElement(root, "renderer-v2", {"type": "singleSymbol", **shared})
    else:
        renderer = SubElement(
            root, "renderer-v2", {"type": "categorizedSymbol", **shared, "attr": attribute}
        )
        listed = SubElement(renderer, "categories")
        for k, (value, label, _) in enumerate(categories):
            shown = {"symbol": str(k), "render": "true", "type": kind}
            SubElement(listed, "category", {"value": value, "label": label, **shown})
    symbols = SubElement(renderer, "symbols")
    for k, category in enumerate(categories):
        _add_symbol(symbols, k, symbol, category.look)
    if labels is not None:
        root.append(fromstring(_LABELLING.substitute(labels)))
    geometry_type = ("marker", "line", "fill").index(symbol)
    SubElement(root, "layerGeometryType").text = str(geometry_type)
    indent(root, " ")
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return doctype + tostring(root, encoding="unicode") + "\n"


def _add_symbol(symbols: Element, k: int, kind: str, look: Mapping[str, str]) -> None:
    symbol = SubElement(
        symbols, "symbol", type=kind, name=str(k), alpha="1", clip_to_extent="1", force_rhr="0"
    )
    drawn = SubElement(
        symbol,
        "layer",
        {"class": f"Simple{kind.capitalize()}", "enabled": "1", "locked": "0", "pass": "0"},
    )
    options = SubElement(drawn, "Option", type="Map")
    for name, value in look.items():
        SubElement(options, "Option", type="QString", name=name, value=value)
    for name, value in look.items():
        SubElement(drawn, "prop", k=name, v=value)


def _fill(colour: str, *, outline: str, width_mm: float) -> dict[str, str]:
    return {
        "color": _rgba(colour, alpha=190),  # streets under a zone stay in sight
        "style": "solid",
        "outline_color": _rgba(outline),
        "outline_style": "solid",
        "outline_width": str(width_mm),
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }


def _line(colour: str, width_mm: float) -> dict[str, str]:
    return {
        "line_color": _rgba(colour),
        "line_style": "solid",
        "line_width": str(width_mm),
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }


def _rgba(colour: str, *, alpha: int = 255) -> str:
    return ",".join(str(int(colour[k : k + 2], 16)) for k in (1, 3, 5)) + f",{alpha}"
