"""From the words on a command line to the values the library wants."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import typer

from zoning.cli.outline import read_outline
from zoning.district import District, data_folder, load_district
from zoning.errors import FaultsError, OptionError, SchoolDataError
from zoning.reports import InputFile
from zoning.roads import read_network
from zoning.schools import read_schools
from zoning.staffing import CostAssumptions, OutsideResponse
from zoning.zones import Alignment, AlignmentMode, SolverLimits

_SHIPPED_ROLES = ("schools", "junctions", "links", "outline")
_STREET_TABLES = ("junctions", "links")
_SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg")
_NOT_IN_THE_COMMAND = frozenset({"out", "force", "seed"})


class Wishes:
    """Gathers what is wrong with the options, to report it all at once.

    Each ``with wishes:`` holds one group of options; its faults are kept and
    the next group is still looked at.
    """

    def __init__(self) -> None:
        self._faults: list[str] = []

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        if not isinstance(error, FaultsError):
            return False
        self._faults += error.faults or (error.headline,)
        return True

    def require(self) -> None:
        """Raise one `OptionError` with every fault, if there is any."""
        if self._faults:
            raise OptionError(
                "these options cannot be used",
                self._faults,
                "Run the command with --help to see what each option takes.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictRequest:
    """Which district to plan, and the files that describe it.

    Attributes
    ----------
    shipped
        A district whose data come with the library.
    schools, streets, outline
        The user's own files; streets and outline may also replace those of a
        shipped district.
    columns
        Our column name -> the school file's.
    name, state
        None to keep what is known.
    """

    shipped: str | None = None
    schools: Path | None = None
    streets: Path | None = None
    outline: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None
    state: str | None = None

    @classmethod
    def of(
        cls,
        *,
        shipped: str | None,
        schools: Path | None,
        streets: Path | None,
        outline: Path | None,
        columns: Sequence[str],
        name: str | None,
        state: str | None,
    ) -> DistrictRequest:
        """Check the options against one another; no file is opened.

        Raises
        ------
        OptionError
            With every contradiction.
        """
        pairs = [(word, *word.partition("=")) for word in columns]
        faults = []
        if (shipped is None) == (schools is None):
            faults.append("give one of --district jefferson or --schools FILE")
        if shipped is not None and columns:
            faults.append("--column is for a file given with --schools")
        faults += [
            f"--column {word} is not of the form NAME=COLUMN"
            for word, ours, _, theirs in pairs
            if not (ours and theirs)
        ]
        named = [ours for _, ours, _, _ in pairs]
        faults += [
            f"--column gives {ours} more than once"
            for ours in dict.fromkeys(named)
            if named.count(ours) > 1
        ]
        if state is not None and not (len(state) == 2 and state.isascii() and state.isalpha()):
            faults.append(f"--state {state} is not two letters, such as KY")
        if faults:
            raise OptionError("the district is not clear", faults)
        return cls(
            shipped=shipped,
            schools=schools,
            streets=streets,
            outline=outline,
            columns={ours: theirs for _, ours, _, theirs in pairs},
            name=name,
            state=None if state is None else state.upper(),
        )

    def read(self) -> District:
        """Read and check every file.

        Raises
        ------
        FaultsError
            If a file cannot be used; `SchoolDataError` and `NetworkError` for
            schools and streets.
        """
        district = self._shipped() if self.schools is None else self._own(self.schools)
        if self.streets is not None:
            network = read_network(self.streets)
            district = replace(
                district,
                network=network,
                attribution=f"{district.attribution}; streets from {network.source}",
            )
        if self.outline is not None:
            district = replace(
                district, outline=read_outline(self.outline, buildings=district.buildings)
            )
        return replace(
            district, name=self.name or district.name, state=self.state or district.state
        )

    def files(self) -> Iterator[tuple[str, Path]]:
        """Every file the district is read from, with its role."""
        if self.shipped is not None:
            folder = data_folder()
            replaced = {
                *(_STREET_TABLES if self.streets else ()),
                *(["outline"] * bool(self.outline)),
            }
            for role in _SHIPPED_ROLES:
                if role not in replaced:
                    ending = ".csv" if role in _STREET_TABLES else ".geojson"
                    yield role, folder / f"{role}{ending}"
        if self.schools is not None:
            yield from _with_parts("schools", self.schools)
        if self.streets is not None:
            for role in _STREET_TABLES:
                yield role, self.streets / f"{role}.csv"
        if self.outline is not None:
            yield from _with_parts("outline", self.outline)

    def hashes(self) -> tuple[InputFile, ...]:
        """Role, name and SHA-256 of every file; they must have been read before."""
        return tuple(
            InputFile.read(path, role=role, name=shown_path(path)) for role, path in self.files()
        )

    def _shipped(self) -> District:
        try:
            return load_district(self.shipped or "")
        except SchoolDataError:
            raise
        except FaultsError as error:
            raise OptionError(
                error.headline, remedy="Give your own schools with --schools FILE."
            ) from error

    def _own(self, schools: Path) -> District:
        return District(
            name=schools.stem,
            schools=read_schools(schools, columns=self.columns),
            attribution=f"Schools from {schools.name}",
        )


def alignment(mode: AlignmentMode, price_min: float | None) -> Alignment:
    """The alignment asked for; a price without ``prefer`` is an `OptionError`."""
    if price_min is None:
        return Alignment(mode=mode)
    if not 0 <= price_min < math.inf:
        raise OptionError(
            f"--alignment-price {price_min:g} is not a number of minutes of 0 or more"
        )
    if mode is not AlignmentMode.PREFER:
        raise OptionError(f"--alignment-price goes with --alignment prefer, not {mode}")
    return Alignment.prefer(price_min)


def limits(*, time_s: float, gap_percent: float, seed: int) -> SolverLimits:
    """The limits asked for; the gap comes in percent.

    Raises
    ------
    OptionError
        With everything that makes no sense.
    """
    faults = []
    if not time_s > 0:
        faults.append(f"--time-limit {time_s:g} is not a number of seconds above 0")
    if not 0 <= gap_percent < 100:
        faults.append(f"--gap {gap_percent:g} is not a percentage from 0 to below 100")
    if faults:
        raise OptionError("the limits make no sense", faults)
    return SolverLimits(time_s=time_s, gap=gap_percent / 100, seed=seed)


def costs(
    *,
    per_officer: float | None,
    between: tuple[float, float] | None,
    relief_factor: float | None,
) -> CostAssumptions:
    """The costs asked for; a cost of the planner's own has no range unless one is given.

    Raises
    ------
    OptionError
        With everything that makes no sense.
    """
    known = CostAssumptions()
    cost = known.officer_year_usd if per_officer is None else per_officer
    low, high = between or (known.officer_year_range_usd if per_officer is None else (cost, cost))
    relief = known.relief_factor if relief_factor is None else relief_factor
    faults = []
    if not 0 <= cost < math.inf:
        faults.append(f"--cost-per-officer {cost:g} is not an amount of 0 dollars or more")
    elif not 0 <= low <= cost <= high < math.inf:
        faults.append(f"--cost-range {low:g} {high:g} does not hold the cost of {cost:g}")
    if not 1 <= relief < math.inf:
        faults.append(f"--relief-factor {relief:g} is below 1")
    if faults:
        raise OptionError("the costs make no sense", faults)
    return CostAssumptions(
        officer_year_usd=cost, officer_year_range_usd=(low, high), relief_factor=relief
    )


def outside_response(
    *, mean_min: float | None, median_min: float | None, p90_min: float | None, source: str
) -> OutsideResponse | None:
    """The response of the outside police; None if none of its figures was given.

    Raises
    ------
    OptionError
        With every figure that is not a time.
    """
    given = {
        "--police-mean-min": mean_min,
        "--police-median-min": median_min,
        "--police-p90-min": p90_min,
    }
    faults = [
        f"{word} {value:g} is not a number of minutes above 0"
        for word, value in given.items()
        if value is not None and not 0 < value < math.inf
    ]
    if faults:
        raise OptionError("the response of the outside police makes no sense", faults)
    mean_s, median_s, p90_s = (None if m is None else m * 60 for m in given.values())
    if mean_s is None and median_s is None and p90_s is None:
        return None
    return OutsideResponse(mean_s=mean_s, median_s=median_s, p90_s=p90_s, source=source)


def command_words(context: typer.Context) -> tuple[str, ...]:
    """The command as it was given, without the seed, the folder and ``--force``."""
    words = ["zoning", context.info_name or ""]
    for option in context.command.params:
        name = option.name or ""
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE" or name in _NOT_IN_THE_COMMAND:
            continue
        given = context.params[name]
        for one in given if isinstance(given, list) else [given]:
            values = one if isinstance(one, tuple) else (one,)
            words += [option.opts[0], *(_word(value) for value in values)]
    return tuple(words)


def shown_path(path: Path) -> str:
    """A path as it was typed; of an absolute one the name only, whoever's folder it is in."""
    return path.name if path.is_absolute() else path.as_posix()


def _word(value: object) -> str:
    if isinstance(value, Path):
        return shown_path(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _with_parts(role: str, path: Path) -> Iterator[tuple[str, Path]]:
    yield role, path
    if path.suffix.lower() == ".shp":
        parts = (path.with_suffix(ending) for ending in _SHAPEFILE_PARTS)
        yield from ((role, part) for part in parts if part.is_file())
