"""Matrices kept on disk under a hash of everything they depend on."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from zoning.errors import DistrictNotice, NetworkError, OutputError
from zoning.files import write_whole
from zoning.inputs import BAD_ARCHIVE, require_unpackable
from zoning.roads.streets.hashing import content_hash
from zoning.roads.travel.access import AccessLegs
from zoning.roads.travel.profiles import Profile
from zoning.roads.travel.turns import with_own_delays

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork

Tables = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Seconds and metres, shape (n, n) each."""

_UNREADABLE: Final = (*BAD_ARCHIVE, OSError, KeyError, TypeError, AttributeError)
_LARGEST_BYTES: Final = 2**31
"""Of a matrix unpacked: 16 bytes a pair, of 11,000 buildings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCache:
    """A folder of matrices, one file a key; it may be emptied at any time.

    Attributes
    ----------
    folder
        Made when the first matrix is kept.
    """

    folder: Path

    @classmethod
    def at(cls, place: bool | str | Path) -> MatrixCache | None:
        """The cache of a folder, of the user's cache folder if True, none if False."""
        if place is False:
            return None
        if place is True:
            return cls(folder=user_cache_path("zoning", appauthor=False) / "matrices")
        return cls(folder=Path(place))

    @staticmethod
    def key(network: RoadNetwork, legs: AccessLegs, profile: Profile) -> str:
        """A hash of streets, profile, the places of the buildings, and this library's version.

        Ids and notes do not count: a matrix does not depend on them.
        """
        return content_hash(
            [
                version("zoning"),
                network.content_hash,
                repr(replace(profile, name="any", note="")),
                repr(with_own_delays(network, profile).delays),
                legs.link,
                legs.share,
                legs.metres,
            ]
        )

    def load(self, key: str) -> Tables | None:
        """The matrix kept under a key; None, with a notice, if its file is damaged or changed."""
        path = self._path(key)
        try:
            # A damaged file must not be able to run anything: no pickles.
            with np.load(path, allow_pickle=False) as kept:
                members = kept.zip.infolist()
                require_unpackable(
                    members, most_bytes=_LARGEST_BYTES, shown=path.name, error=NetworkError
                )
                if str(kept["key"]) != key:
                    raise ValueError("it holds another matrix")
                tables = kept["seconds"], kept["metres"]
                if str(kept["content"]) != _digest(key, tables):
                    raise ValueError("it was changed after it was written")
                return tables
        except (FileNotFoundError, NotADirectoryError):
            return None
        except _UNREADABLE as error:
            _notice(f"{path} cannot be used and is written anew: {error}")
            return None

    def store(self, key: str, tables: Tables) -> None:
        """Keep a matrix whole, or not at all and say so in a notice."""
        data = io.BytesIO()
        content = np.array(_digest(key, tables))
        np.savez_compressed(
            data, key=np.array(key), content=content, seconds=tables[0], metres=tables[1]
        )
        try:
            write_whole(self._path(key), data.getvalue(), replace=True)
        except OutputError as error:
            _notice(f"the travel times were computed but not kept: {error}")

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"


def _digest(key: str, tables: Tables) -> str:
    return content_hash([key, *tables])


def _notice(words: str) -> None:
    # Over load or store, matrices.travel_times and RoadNetwork.travel_times to the caller.
    warnings.warn(words, DistrictNotice, stacklevel=5)
