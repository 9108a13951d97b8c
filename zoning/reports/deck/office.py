"""The names of python-pptx that are used, looked up when a deck is made.

It is an extra, so nothing here imports it before; half of it has no types, so
its objects are `Any`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from zoning.errors import OutputError
from zoning.reports.deck.geometry import POINT


@cache
def office() -> Any:
    """What python-pptx and the packages it comes with offer, by short names.

    Raises
    ------
    OutputError
        If python-pptx is not installed.
    """
    try:
        import_module("pptx")
    except ImportError as error:
        raise OutputError(
            "writing slides needs the package python-pptx\n"
            "Install it with: pip install 'zoning[report]'"
        ) from error
    return SimpleNamespace(
        Presentation=import_module("pptx").Presentation,
        Color=import_module("pptx.dml.color").RGBColor,
        Image=import_module("pptx.parts.image").Image,
        XyChartData=import_module("pptx.chart.data").XyChartData,
        Placeholder=import_module("pptx.enum.shapes").PP_PLACEHOLDER,
        Anchor=import_module("pptx.enum.text").MSO_ANCHOR,
        Align=import_module("pptx.enum.text").PP_ALIGN,
        AutoSize=import_module("pptx.enum.text").MSO_AUTO_SIZE,
        ChartType=import_module("pptx.enum.chart").XL_CHART_TYPE,
        LabelSide=import_module("pptx.enum.chart").XL_LABEL_POSITION,
        Marker=import_module("pptx.enum.chart").XL_MARKER_STYLE,
        Length=import_module("pptx.util").Emu,
        etree=import_module("lxml.etree"),
        Workbook=import_module("xlsxwriter").Workbook,
    )


def points(size: float) -> Any:
    """A length of so many points, as python-pptx takes it."""
    return office().Length(round(size * POINT))
