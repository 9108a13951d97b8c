"""Draw cost against response as a native chart, editable in office programs."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree
from pptx.chart.data import XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_MARKER_STYLE
from xlsxwriter import Workbook

from zoning.reports.deck.canvas import Slide, describe
from zoning.reports.deck.template import ACCENT, FONT, INK, WHITE, Box, points
from zoning.reports.office_files import LINE_HEIGHT, NO_DATE, Ruler, one_line

LABEL_SIZE = AXIS_SIZE = 18.0  # read from the back of a room
_BAR, _GRID = "5E6B77", "D8DEE4"
_SERIES = "Mean response (min)"
_LONGEST_LABEL = 0.36  # share of the chart's width; longer ones meet an axis or a label
_AXES = (82.0, 16.0, 26.0, 80.0)  # points left, above, right and below of the plot, for the axes
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)  # axis steps, times a power of ten
# Penalty of covering a dot or a label, and of covering a range: our choice.
_COVERED_LABEL, _COVERED_RANGE = 20, 1
_NAMESPACES = (
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPoint:
    """An option on the chart.

    Attributes
    ----------
    name
        Its label; ``key`` replaces it where labels are too long.
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


def fits_names(points: Sequence[ChartPoint], box: Box, ruler: Ruler) -> bool:
    """True if every name is short enough to stand beside its point, clear of the others."""
    texts = [one_line(point.name) for point in points]
    if any(ruler.width(text, LABEL_SIZE) > _LONGEST_LABEL * box.width for text in texts):
        return False
    return _label_sides(points, texts, box, _scales(points), ruler)[1]


def scatter(
    slide: Slide, box: Box, points: Sequence[ChartPoint], *, by_name: bool, about: str
) -> None:
    """Draw the points with their ranges as bars, and labels that do not overlap."""
    data = XyChartData(number_format="0.00")
    series = data.add_series(_SERIES, number_format="0.0")
    for point in points:
        series.add_data_point(round(point.cost, 6), round(point.response, 6))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *box.emu, data)
    describe(frame, "Chart", about)
    chart = frame.chart
    chart.part.chart_workbook.update_from_xlsx_blob(_workbook(points))
    scales = _scales(points)
    _set_axes(chart, scales)
    _fix_plot(chart, box)
    _draw_points(chart, points)
    texts = [one_line(p.name if by_name else p.key) for p in points]
    sides, _ = _label_sides(points, texts, box, scales, slide.deck.table_ruler)
    _add_labels(chart, texts, sides)


def _scales(points: Sequence[ChartPoint]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The scales of cost and of response."""
    return (
        _axis_scale([p.cost for p in points]),
        _axis_scale([e for p in points for e in (p.low, p.high)]),
    )


def _axis_scale(values: Sequence[float]) -> tuple[float, float]:
    """Choose the upper end and the step of an axis from zero."""
    top = max(values) * 1.08 or 1.0
    size = 10 ** math.floor(math.log10(top / 5))
    step = next(s * size for s in _STEPS if top / (s * size) <= 6)
    return math.ceil(top / step) * step, step


def _set_axes(chart: Any, scales: tuple[tuple[float, float], tuple[float, float]]) -> None:
    chart.has_legend = chart.has_title = False
    chart.font.size, chart.font.name = points(AXIS_SIZE), FONT
    chart.font.color.rgb = RGBColor.from_string(INK)
    names = "Cost a year (millions of dollars)", "Mean response (minutes)"
    for axis, name, (top, step) in zip(
        (chart.category_axis, chart.value_axis), names, scales, strict=True
    ):
        axis.minimum_scale, axis.maximum_scale, axis.major_unit = 0.0, top, step
        axis.has_major_gridlines = True
        axis.major_gridlines.format.line.color.rgb = RGBColor.from_string(_GRID)
        axis.major_gridlines.format.line.width = points(0.75)
        axis.format.line.color.rgb = RGBColor.from_string(_BAR)
        axis.tick_labels.number_format = "0" if step >= 1 and step == int(step) else "0.0#"
        axis.tick_labels.number_format_is_linked = False
        axis.has_title = True
        frame = axis.axis_title.text_frame
        frame.text = name
        font = frame.paragraphs[0].runs[0].font
        font.size, font.bold, font.name = points(AXIS_SIZE), False, FONT
    _set_background(chart)


def _draw_points(chart: Any, points: Sequence[ChartPoint]) -> None:
    """Draw filled dots without a line, and a bar from low to high of each range."""
    series = chart.plots[0].series[0]
    series.format.line.fill.background()
    series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 11
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = RGBColor.from_string(ACCENT)
    series.marker.format.line.color.rgb = RGBColor.from_string(WHITE)
    ups = "".join(_point_xml(k, p.high - p.response) for k, p in enumerate(points))
    downs = "".join(_point_xml(k, p.response - p.low) for k, p in enumerate(points))
    count = f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(points)}"/>'
    bars = etree.fromstring(
        f"<c:errBars {_NAMESPACES}>"
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


def _add_labels(chart: Any, texts: Sequence[str], places: Sequence[str]) -> None:
    series = chart.plots[0].series[0]
    for k, (text, place) in enumerate(zip(texts, places, strict=True)):
        label = series.points[k].data_label
        frame = label.text_frame
        frame.text = text
        frame.word_wrap = False
        font = frame.paragraphs[0].runs[0].font
        font.size, font.bold, font.name = points(LABEL_SIZE), True, FONT
        label.position = XL_LABEL_POSITION[place]


def _label_sides(
    points: Sequence[ChartPoint],
    texts: Sequence[str],
    box: Box,
    scales: tuple[tuple[float, float], tuple[float, float]],
    ruler: Ruler,
) -> tuple[list[str], bool]:
    """Choose greedily the side of each point where its label covers the least.

    Also returns whether no label covers another one, or a dot.
    """
    plot = _plot(box)
    (across, _), (up, _) = scales

    def at(point: ChartPoint, minutes: float) -> tuple[float, float]:
        return (
            plot.left + plot.width * point.cost / across,
            plot.bottom - plot.height * minutes / up,
        )

    taken = []
    for point in points:
        (x, top), (_, middle), (_, low) = (
            at(point, m) for m in (point.high, point.response, point.low)
        )
        taken.append((Box(x - 2, top, 4, low - top), _COVERED_RANGE))
        taken.append((Box(x - 6, middle - 6, 12, 12), _COVERED_LABEL))
    sides, is_clear = [], True
    for point, text in zip(points, texts, strict=True):
        x, y = at(point, point.response)
        width, height = ruler.width(text, LABEL_SIZE, bold=True) + 8, LABEL_SIZE * LINE_HEIGHT
        options = {
            "RIGHT": Box(x + 8, y - height / 2, width, height),
            "LEFT": Box(x - 8 - width, y - height / 2, width, height),
            "ABOVE": Box(x - width / 2, y - 8 - height, width, height),
            "BELOW": Box(x - width / 2, y + 8, width, height),
        }
        side = min(
            options,
            key=lambda s: (
                # Penalty: the area of the label outside the plot, and what it covers inside.
                _COVERED_LABEL * (options[s].width * options[s].height - _overlap(options[s], plot))
                + sum(loss * _overlap(options[s], other) for other, loss in taken)
            ),
        )
        sides.append(side)
        is_clear &= not any(
            _overlap(options[side], other) > 0 for other, loss in taken if loss == _COVERED_LABEL
        )
        taken.append((options[side], _COVERED_LABEL))
    return sides, is_clear


def _plot(box: Box) -> Box:
    """Where the points are in the box of a chart."""
    left, above, right, below = _AXES
    width, height = box.width - left - right, box.height - above - below
    return Box(left, above, max(width, 0.2 * box.width), max(height, 0.2 * box.height))


def _overlap(one: Box, other: Box) -> float:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(across, 0.0) * max(down, 0.0)


def _set_background(chart: Any) -> None:
    """Set a white background, whatever the template's: the chart's ink is dark."""
    background = etree.fromstring(
        f'<c:spPr {_NAMESPACES}><a:solidFill><a:srgbClr val="{WHITE}"/></a:solidFill>'
        "<a:ln><a:noFill/></a:ln></c:spPr>"
    )
    chart._chartSpace.xpath("./c:txPr")[0].addprevious(background)


def _fix_plot(chart: Any, box: Box) -> None:
    """Fix the plot area for which labels were measured."""
    plot = _plot(box)
    x, width = plot.left / box.width, plot.width / box.width
    y, height = plot.top / box.height, plot.height / box.height
    layout = etree.fromstring(
        f"<c:layout {_NAMESPACES}>"
        '<c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="{x:.6f}"/><c:y val="{y:.6f}"/>'
        f'<c:w val="{width:.6f}"/><c:h val="{height:.6f}"/>'
        "</c:manualLayout></c:layout>"
    )
    area = chart._chartSpace.xpath("./c:chart/c:plotArea")[0]
    for old in area.xpath("./c:layout"):
        area.remove(old)
    area.insert(0, layout)


def _workbook(points: Sequence[ChartPoint]) -> bytes:
    """Make the workbook behind the chart: text never as a formula, and no timestamp."""
    file = BytesIO()
    book = Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": datetime.datetime(*NO_DATE)})
    sheet = book.add_worksheet()
    # python-pptx names costs in column A and responses in column B as the chart's cells.
    headings = "Cost a year ($ M)", _SERIES, "Lowest (min)", "Highest (min)", "Option"
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading)
    for k, point in enumerate(points, start=1):
        for column, value in enumerate((point.cost, point.response, point.low, point.high)):
            sheet.write_number(k, column, round(value, 6))
        sheet.write_string(k, 4, one_line(point.name)[:32_000])
    book.close()
    return file.getvalue()
