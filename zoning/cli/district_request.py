"""Which district a command is about, from the words on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from zoning.cli.inputs import RoleAndPath, street_files, with_parts
from zoning.cli.outline import read_outline
from zoning.district import District, data_folder, load_district
from zoning.errors import FaultsError, OptionError, SchoolDataError
from zoning.roads import read_network
from zoning.schools import read_schools
from zoning.workbooks import split_sheet

_SHIPPED_ROLES = ("schools", "junctions", "links", "outline")
_STREET_TABLES = ("junctions", "links")


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictRequest:
    """Which district to plan, and the files that describe it.

    Attributes
    ----------
    shipped
        A district whose data come with the library.
    schools, streets, outline
        The user's own files, streets saved or a folder of tables; streets and
        outline may also replace those of a shipped district.
    keep_islands
        Whether schools stay beside streets that are cut off from the rest.
    columns
        Our column name -> the school file's.
    levels
        Value of the file's level column -> level.
    crs
        Coordinate system of the school file, where it does not say.
    name, state
        None to keep what is known.
    """

    shipped: str | None = None
    schools: Path | None = None
    streets: Path | None = None
    keep_islands: bool = False
    outline: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    name: str | None = None
    state: str | None = None

    @classmethod
    def of(
        cls,
        *,
        shipped: str | None,
        schools: Path | None,
        streets: Path | None = None,
        keep_islands: bool = False,
        outline: Path | None = None,
        columns: Sequence[str],
        levels: Sequence[str] = (),
        crs: str | None = None,
        name: str | None = None,
        state: str | None = None,
    ) -> DistrictRequest:
        """Check the options against one another; no file is opened.

        Raises
        ------
        OptionError
            With every contradiction.
        """
        faults: list[str] = []
        if (shipped is None) == (schools is None):
            faults.append("give one of --district jefferson or --schools FILE")
        for word, given in (("--column", columns), ("--level", levels), ("--crs", crs)):
            if shipped is not None and given:
                faults.append(f"{word} is for a file given with --schools")
        if keep_islands and schools is not None and streets is None:
            faults.append("--keep-islands is for streets given with --streets")
        column_of = _pairs("--column", "NAME=COLUMN", columns, faults, none=True)
        level_of = _pairs("--level", "VALUE=LEVEL", levels, faults, last=True)
        if state is not None and not (len(state) == 2 and state.isascii() and state.isalpha()):
            faults.append(f"--state {state} is not two letters, such as KY")
        if faults:
            raise OptionError("the district is not clear", faults)
        return cls(
            shipped=shipped,
            schools=schools,
            streets=streets,
            keep_islands=keep_islands,
            outline=outline,
            columns=column_of,
            levels=level_of,
            crs=crs,
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
            credit = f"; streets from {network.source}"
            if network.attribution not in credit:
                credit += f", {network.attribution}"
            own = "" if district.network is None else f"; {district.network.source}"
            district = replace(
                district,
                network=network,
                attribution=f"{district.attribution.removesuffix(own)}{credit}",
            )
        if self.keep_islands and district.network is not None:
            district = replace(district, network=district.network.with_islands())
        if self.outline is not None:
            district = replace(
                district, outline=read_outline(self.outline, buildings=district.buildings)
            )
        return replace(
            district, name=self.name or district.name, state=self.state or district.state
        )

    def files(self) -> Iterator[RoleAndPath]:
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
            yield from with_parts("schools", self.schools)
        if self.streets is not None:
            yield from street_files(self.streets)
        if self.outline is not None:
            yield from with_parts("outline", self.outline)

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
        file, _ = split_sheet(schools)
        return District(
            name=_readable(file.stem),
            schools=read_schools(
                schools, columns=self.columns, levels=self.levels, crs=self.crs, state=self.state
            ),
            attribution=f"Schools from {file.name}",
        )


def _readable(stem: str) -> str:
    """The name of a file as that of a district, on slides until ``--name`` gives a better one.

    ``ccs_schools`` is "CCS schools": a word without a vowel is an abbreviation.
    A stem with capitals of its own keeps them.
    """
    words = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])|[_\s]+", " ", stem).split()
    if stem == stem.lower():
        words = [w if re.search("[aeiouy]", w) or not w.isascii() else w.upper() for w in words]
    told = " ".join(words) or stem
    return told[:1].upper() + told[1:]


def _pairs(
    word: str,
    form: str,
    given: Sequence[str],
    faults: list[str],
    *,
    last: bool = False,
    none: bool = False,
) -> dict[str, str]:
    """What an option that is repeated says of each name.

    Parameters
    ----------
    last
        Whether the last ``=`` parts the two, not the first.
    none
        Whether nothing may stand behind it.
    """
    split = [text.rpartition("=") if last else text.partition("=") for text in given]
    faults += [
        f"{word} {text} is not of the form {form}"
        for text, (ours, sign, theirs) in zip(given, split, strict=True)
        if not (ours and sign and (theirs or none))
    ]
    named = [ours for ours, _, _ in split]
    faults += [
        f"{word} gives {ours} more than once"
        for ours in dict.fromkeys(named)
        if ours and named.count(ours) > 1
    ]
    return {ours: theirs for ours, _, theirs in split}
