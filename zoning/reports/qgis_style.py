"""QGIS styles for our layers: the same symbols as every map, as QML.

Written after files that QGIS 3 itself saves: a ``renderer-v2`` and a ``simple``
labelling; each property both as ``Option`` (from QGIS 3.20) and as ``prop``
(before).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from zoning.symbols import SCHOOL_SYMBOLS, ZONE_FILLS

Layer = Literal["zones", "schools", "outline", "streets"]
LAYERS: Final[tuple[Layer, ...]] = ("zones", "schools", "outline", "streets")

_POINT, _LINE, _POLYGON = 0, 1, 2
_INK, _WHITE = "#1b2026", "#ffffff"
_MARKER_MM: Final = {"circle": 2.2, "triangle": 2.8, "square": 2.4, "diamond": 3.2, "star": 5.0}
_OVER_POINT, _HORIZONTAL = 1, 4

Properties = Mapping[str, str]
Category = tuple[str, str, Properties]


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
        (str(k), f"Colour {k + 1}", _fill(colour, outline="#3b434b", width=0.5))
        for k, colour in enumerate(ZONE_FILLS)
    ]
    root = _root(labelled=True)
    _categorised(root, "colour", categories, kind="integer", symbol="fill", layer="SimpleFill")
    _labelled(root, "label", size=11, bold=True, placement=_HORIZONTAL)
    return _text(root, _POLYGON)


def _schools() -> str:
    categories = [
        (
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
    root = _root(labelled=True)
    _categorised(root, "level", categories, kind="string", symbol="marker", layer="SimpleMarker")
    _labelled(root, "name", size=8, bold=False, placement=_OVER_POINT, from_scale=60_000)
    return _text(root, _POINT)


def _outline() -> str:
    look = _fill(_WHITE, outline="#20262c", width=0.8) | {"style": "no"}
    root = _root(labelled=False)
    _single(root, "fill", "SimpleFill", look)
    return _text(root, _POLYGON)


def _streets() -> str:
    categories = [
        ("freeway", "Freeway", _line("#6a7076", 0.7)),
        ("arterial", "Main street", _line("#868c92", 0.35)),
        ("", "Street", _line("#9aa0a5", 0.18)),
    ]
    root = _root(labelled=False)
    _categorised(root, "road_class", categories, kind="string", symbol="line", layer="SimpleLine")
    return _text(root, _LINE)


def _root(*, labelled: bool) -> Element:
    return Element(
        "qgis",
        version="3.28.0-Firenze",
        styleCategories="Symbology|Labeling",
        labelsEnabled="1" if labelled else "0",
    )


def _categorised(
    root: Element,
    attribute: str,
    categories: Sequence[Category],
    *,
    kind: str,
    symbol: str,
    layer: str,
) -> None:
    renderer = SubElement(root, "renderer-v2", _renderer("categorizedSymbol") | {"attr": attribute})
    listed = SubElement(renderer, "categories")
    for k, (value, label, _) in enumerate(categories):
        SubElement(
            listed,
            "category",
            value=value,
            label=label,
            symbol=str(k),
            render="true",
            type=kind,
        )
    symbols = SubElement(renderer, "symbols")
    for k, (_, _, look) in enumerate(categories):
        _symbol(symbols, k, symbol, layer, look)


def _single(root: Element, symbol: str, layer: str, look: Properties) -> None:
    renderer = SubElement(root, "renderer-v2", _renderer("singleSymbol"))
    _symbol(SubElement(renderer, "symbols"), 0, symbol, layer, look)


def _renderer(kind: str) -> dict[str, str]:
    return {"type": kind, "symbollevels": "0", "enableorderby": "0", "forceraster": "0"}


def _symbol(symbols: Element, k: int, kind: str, layer: str, look: Properties) -> None:
    symbol = SubElement(
        symbols, "symbol", type=kind, name=str(k), alpha="1", clip_to_extent="1", force_rhr="0"
    )
    drawn = SubElement(
        symbol, "layer", {"class": layer, "enabled": "1", "locked": "0", "pass": "0"}
    )
    options = SubElement(drawn, "Option", type="Map")
    for name, value in look.items():
        SubElement(options, "Option", type="QString", name=name, value=value)
    for name, value in look.items():
        SubElement(drawn, "prop", k=name, v=value)


def _labelled(
    root: Element,
    expression: str,
    *,
    size: float,
    bold: bool,
    placement: int,
    from_scale: int | None = None,
) -> None:
    """Dark letters with a white edge; ``from_scale`` 60,000: only from 1:60,000 inwards."""
    labelling = SubElement(root, "labeling", type="simple")
    settings = SubElement(labelling, "settings", calloutType="simple")
    text = SubElement(
        settings,
        "text-style",
        fieldName=expression,
        isExpression="0" if expression.isidentifier() else "1",
        fontFamily="Sans Serif",
        fontSize=f"{size:g}",
        fontSizeUnit="Point",
        fontWeight="75" if bold else "50",
        namedStyle="Bold" if bold else "Regular",
        textColor=_rgba(_INK),
        textOpacity="1",
    )
    SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferColor=_rgba(_WHITE),
        bufferSize="1",
        bufferSizeUnits="MM",
        bufferOpacity="0.9",
        bufferJoinStyle="128",
        bufferNoFill="1",
    )
    SubElement(settings, "text-format", wrapChar="", multilineAlign="3", plussign="0")
    SubElement(
        settings,
        "placement",
        placement=str(placement),
        quadOffset="2" if placement == _OVER_POINT else "4",
        dist="0",
        xOffset="2" if placement == _OVER_POINT else "0",
        yOffset="0",
        offsetUnits="MM",
        centroidInside="1",
        priority="8" if bold else "4",
    )
    SubElement(
        settings,
        "rendering",
        drawLabels="1",
        displayAll="0",
        obstacle="1",
        scaleVisibility="0" if from_scale is None else "1",
        scaleMin=str(from_scale or 0),
        scaleMax="0",
    )


def _fill(colour: str, *, outline: str, width: float) -> dict[str, str]:
    return {
        "color": _rgba(colour, alpha=190),
        "style": "solid",
        "outline_color": _rgba(outline),
        "outline_style": "solid",
        "outline_width": str(width),
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }


def _line(colour: str, width: float) -> dict[str, str]:
    return {
        "line_color": _rgba(colour),
        "line_style": "solid",
        "line_width": str(width),
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }


def _rgba(colour: str, *, alpha: int = 255) -> str:
    return ",".join(str(int(colour[k : k + 2], 16)) for k in (1, 3, 5)) + f",{alpha}"


def _text(root: Element, geometry: int) -> str:
    SubElement(root, "layerGeometryType").text = str(geometry)
    indent(root, " ")
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return doctype + tostring(root, encoding="unicode") + "\n"
