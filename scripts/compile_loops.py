"""Make the machine code of the compiled loops, so that the first run does not wait for it.

A small made-up town is planned, compared and stressed; numba keeps what it compiled beside the
modules. Nothing is done without numba.
"""

from __future__ import annotations

import importlib.util

import pandas as pd

from zoning import District, OnePerCampus, PatrolZones, compare_staffing, schools_from_frame
from zoning.staffing.sensitivity import stress_options, vary_assumptions


def main() -> None:
    if importlib.util.find_spec("numba") is None:
        return
    places = [
        (f"s{k}", "high" if k == 0 else "elementary", 38.0 + 0.01 * k, -85.0 + 0.01 * (k % 3))
        for k in range(7)
    ]
    table = pd.DataFrame(places, columns=["school_id", "level", "latitude", "longitude"])
    town = District(name="Town", schools=schools_from_frame(table))
    compared = compare_staffing(town, [PatrolZones(zones=2), OnePerCampus()])
    stress_options(compared)
    vary_assumptions(compared)


if __name__ == "__main__":
    main()
