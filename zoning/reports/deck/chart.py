"""Cost against response as a native chart, which can be edited in the office program."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from zoning.reports.deck.canvas import Page, describe
from zoning.reports.deck.geometry import Box
from zoning.reports.deck.office import office, points
from zoning.reports.deck.template import FONT
from zoning.reports.typesetting import LINE_HEIGHT, Ruler, typed

LABEL_SIZE = 13.0
AXIS_SIZE = 12.0
_INK, _DOT, _BAR, _GRID = "1A2128", "0B5394", "5E6B77", "D8DEE4"
_SERIES = "Mean response (min)"
_LONGEST_LABEL = 0.36
_MADE = datetime.datetime(1980, 1, 1)
# What the chart leaves around its plot, as shares of its size.
_PLOT = (0.09, 0.05, 0.86, 0.77)
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An option on the chart.

    Attributes
    ----------
    name
        Its label; ``key`` stands for it where labels are too long.
    key
        A number, also in the table beside the chart.
    cost, response
        Millions of dollars a year; minutes.
    low, high
        Range of the response, minutes; the response itself where there is none.
    """

    name: str
    key: str
    cost: float
    response: float
    low: float
    high: float


def labelled_by_name(points: Sequence[Point], width: float, ruler: Ruler) -> bool:
    """Whether every label is short enough to stand beside its point."""
    return all(ruler.width(typed(p.name), LABEL_SIZE) <= _LONGEST_LABEL * width for p in points)


def scatter(page: Page, box: Box, points: Sequence[Point], *, by_name: bool, about: str) -> None:
    """The points with their ranges as bars, and labels that do not cover one another."""
    data = office().XyChartData(number_format="0.00")
    series = data.add_series(_SERIES, number_format="0.0")
    for point in points:
        series.add_data_point(round(point.cost, 6), round(point.response, 6))
    frame = page.slide.shapes.add_chart(office().ChartType.XY_SCATTER, *box.emu, data)
    describe(frame, "Chart", about)
    chart = frame.chart
    chart.part.chart_workbook.update_from_xlsx_blob(_workbook(points))
    scales = _scale([p.cost for p in points]), _scale([e for p in points for e in (p.low, p.high)])
    _axes(chart, scales)
    _marks(chart, points)
    texts = [typed(p.name if by_name else p.key) for p in points]
    _labels(chart, texts, _places(points, texts, box, scales, page.deck.table_ruler))


def _scale(values: Sequence[float]) -> tuple[float, float]:
    """Upper end of an axis from zero, and its step."""
    top = max(values) * 1.08 or 1.0
    size = 10 ** math.floor(math.log10(top / 5))
    step = next(s * size for s in _STEPS if top / (s * size) <= 6)
    return math.ceil(top / step) * step, step


def _axes(chart: Any, scales: tuple[tuple[float, float], tuple[float, float]]) -> None:
    chart.has_legend = chart.has_title = False
    chart.font.size, chart.font.name = points(AXIS_SIZE), FONT
    chart.font.color.rgb = office().Color.from_string(_INK)
    names = "Cost a year (millions of dollars)", "Mean response (minutes)"
    for axis, name, (top, step) in zip(
        (chart.category_axis, chart.value_axis), names, scales, strict=True
    ):
        axis.minimum_scale, axis.maximum_scale, axis.major_unit = 0.0, top, step
        axis.has_major_gridlines = True
        axis.major_gridlines.format.line.color.rgb = office().Color.from_string(_GRID)
        axis.major_gridlines.format.line.width = points(0.75)
        axis.format.line.color.rgb = office().Color.from_string(_BAR)
        axis.tick_labels.number_format = "0" if step >= 1 and step == int(step) else "0.0#"
        axis.tick_labels.number_format_is_linked = False
        axis.has_title = True
        frame = axis.axis_title.text_frame
        frame.text = name
        font = frame.paragraphs[0].runs[0].font
        font.size, font.bold, font.name = points(AXIS_SIZE), False, FONT
    _white(chart)
    _layout(chart)


def _marks(chart: Any, points: Sequence[Point]) -> None:
    """Filled dots without a line, and a bar from the low to the high end of each range."""
    series = chart.plots[0].series[0]
    series.format.line.fill.background()
    series.marker.style, series.marker.size = office().Marker.CIRCLE, 11
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = office().Color.from_string(_DOT)
    series.marker.format.line.color.rgb = office().Color.from_string("FFFFFF")
    ups = "".join(_point_xml(k, p.high - p.response) for k, p in enumerate(points))
    downs = "".join(_point_xml(k, p.response - p.low) for k, p in enumerate(points))
    count = f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(points)}"/>'
    bars = office().etree.fromstring(
        '<c:errBars xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<c:errDir val="y"/><c:errBarType val="both"/><c:errValType val="cust"/>'
        '<c:noEndCap val="0"/>'
        f"<c:plus><c:numLit>{count}{ups}</c:numLit></c:plus>"
        f"<c:minus><c:numLit>{count}{downs}</c:numLit></c:minus>"
        f'<c:spPr><a:ln w="19050"><a:solidFill><a:srgbClr val="{_BAR}"/></a:solidFill></a:ln>'
        "</c:spPr></c:errBars>"
    )
    series._element.xpath("./c:xVal")[0].addprevious(bars)


def _point_xml(index: int, size: float) -> str:
    return f'<c:pt idx="{index}"><c:v>{max(size, 0.0):.6f}</c:v></c:pt>'


def _labels(chart: Any, texts: Sequence[str], places: Sequence[str]) -> None:
    side = office().LabelSide
    sides = {"right": side.RIGHT, "left": side.LEFT, "above": side.ABOVE, "below": side.BELOW}
    series = chart.plots[0].series[0]
    for k, (text, place) in enumerate(zip(texts, places, strict=True)):
        label = series.points[k].data_label
        frame = label.text_frame
        frame.text = text
        frame.word_wrap = False
        font = frame.paragraphs[0].runs[0].font
        font.size, font.bold, font.name = points(LABEL_SIZE), True, FONT
        label.position = sides[place]


def _places(
    points: Sequence[Point],
    texts: Sequence[str],
    box: Box,
    scales: tuple[tuple[float, float], tuple[float, float]],
    ruler: Ruler,
) -> list[str]:
    """A side for each label, one after the other, where it covers least of what stands."""
    plot = Box(
        _PLOT[0] * box.width, _PLOT[1] * box.height, _PLOT[2] * box.width, _PLOT[3] * box.height
    )
    (across, _), (up, _) = scales

    def at(point: Point, minutes: float) -> tuple[float, float]:
        return (
            plot.left + plot.width * point.cost / across,
            plot.bottom - plot.height * minutes / up,
        )

    # What is covered counts by how much it matters: another dot or label more than a range.
    taken = []
    for point in points:
        (x, top), (_, middle), (_, low) = (
            at(point, m) for m in (point.high, point.response, point.low)
        )
        taken += [(Box(x - 2, top, 4, low - top), 1), (Box(x - 6, middle - 6, 12, 12), 20)]
    sides = []
    for point, text in zip(points, texts, strict=True):
        x, y = at(point, point.response)
        width, height = ruler.width(text, LABEL_SIZE, bold=True) + 8, LABEL_SIZE * LINE_HEIGHT
        options = {
            "right": Box(x + 8, y - height / 2, width, height),
            "left": Box(x - 8 - width, y - height / 2, width, height),
            "above": Box(x - width / 2, y - 8 - height, width, height),
            "below": Box(x - width / 2, y + 8, width, height),
        }
        side = min(
            options,
            key=lambda s: (
                20 * _outside(options[s], plot)
                + sum(much * _common(options[s], other) for other, much in taken)
            ),
        )
        sides.append(side)
        taken.append((options[side], 20))
    return sides


def _common(one: Box, other: Box) -> float:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(across, 0.0) * max(down, 0.0)


def _outside(label: Box, plot: Box) -> float:
    return label.width * label.height - _common(label, plot)


def _white(chart: Any) -> None:
    """A white ground, whatever the template's: the ink of the chart is dark."""
    space = chart._chartSpace
    ground = office().etree.fromstring(
        '<c:spPr xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:solidFill>'
        '<a:srgbClr val="FFFFFF"/></a:solidFill><a:ln><a:noFill/></a:ln></c:spPr>'
    )
    space.xpath("./c:txPr")[0].addprevious(ground)


def _layout(chart: Any) -> None:
    """The plot where labels were measured for."""
    x, y, width, height = _PLOT
    layout = office().etree.fromstring(
        '<c:layout xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart">'
        '<c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="{x}"/><c:y val="{y}"/><c:w val="{width}"/><c:h val="{height}"/>'
        "</c:manualLayout></c:layout>"
    )
    area = chart._chartSpace.xpath("./c:chart/c:plotArea")[0]
    for old in area.xpath("./c:layout"):
        area.remove(old)
    area.insert(0, layout)


def _workbook(points: Sequence[Point]) -> bytes:
    """The figures behind the chart: text as text, never a formula, and no clock's time."""
    file = BytesIO()
    book = office().Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": _MADE})
    sheet = book.add_worksheet()
    # python-pptx names costs in column A and responses in column B as the chart's cells.
    headings = "Cost a year ($ M)", _SERIES, "Lowest (min)", "Highest (min)", "Option"
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading)
    for k, point in enumerate(points, start=1):
        for column, value in enumerate((point.cost, point.response, point.low, point.high)):
            sheet.write_number(k, column, round(value, 6))
        sheet.write_string(k, 4, typed(point.name)[:32_000])
    book.close()
    return file.getvalue()
