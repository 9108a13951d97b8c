"""What a map as a picture costs on many streets, beside the same layers in plain GeoPandas.

A made-up metro of 150 schools in 30 zones over 48,360 street links, each a curve of
about five points. A run draws every option twice, as PNG and as SVG: the first
picture joins the streets, the others reuse them. GeoPandas draws zones, streets
and schools alone, without labels, legend or scale bar, at the same size.

Run from the repository: ``python benchmarks/pictures.py``; needs the extra ``report``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import shapely
from _metro import METRES, SEED, metro_view
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from zoning.disclosure import PublicView
from zoning.maps import picture

STREETS, BETWEEN_POINTS_M, WIGGLE_M = 156, 100.0, 10.0


def curved(view: PublicView) -> PublicView:
    """The view with a point every 100 m of street, each some metres off the line."""
    assert view.streets is not None
    rng = np.random.default_rng(SEED)
    flat = view.streets.to_crs(METRES)
    dense = shapely.segmentize(flat.geometry.to_numpy(), BETWEEN_POINTS_M)
    moved = shapely.transform(dense, lambda xy: xy + rng.normal(0, WIGGLE_M, xy.shape))
    return replace(view, streets=flat.set_geometry(moved).to_crs(4326))


def plain_geopandas(view: PublicView) -> bytes:
    """Zones, streets and schools, nothing else."""
    assert view.streets is not None
    figure = Figure(figsize=(25, 15.625), dpi=64)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    view.options[0].zones.plot(ax=axes, column="colour", edgecolor="#3b434b")
    view.streets.plot(ax=axes, color="#868c92", linewidth=0.6)
    view.schools.plot(ax=axes, color="#1f6f9f")
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def cpu_s(draw: Callable[[], bytes]) -> float:
    """Processor seconds of one call."""
    start = time.process_time()
    draw()
    return time.process_time() - start


def main() -> None:
    """Print the table."""
    view = curved(metro_view(150, (30,), streets=STREETS))
    assert view.streets is not None
    points = int(shapely.get_num_coordinates(view.streets.geometry).sum())
    print(f"{len(view.streets):,} links, {points:,} points")
    plain_geopandas(view)  # fonts are read once, for nobody's account
    rows = {
        "first map, PNG": cpu_s(lambda: picture(view, "zones-30")),
        "further map, PNG": cpu_s(lambda: picture(view, "zones-30")),
        "further map, SVG": cpu_s(lambda: picture(view, "zones-30", format="svg")),
        "plain GeoPandas, PNG": cpu_s(lambda: plain_geopandas(view)),
    }
    print(f"{'CPU seconds':<24} {'':>6} {'of GeoPandas':>13}")
    for name, seconds in rows.items():
        print(f"{name:<24} {seconds:>6.2f} {seconds / rows['plain GeoPandas, PNG']:>13.2f}")


if __name__ == "__main__":
    main()
