"""Everything that is wrong with a request, said at once."""

from __future__ import annotations

from zoning.errors import FaultsError, OptionError


class Wishes:
    """Gathers what is wrong with a request, to report it all at once.

    Each ``with wishes:`` holds one part of it; its faults are kept and the next
    part is still looked at.
    """

    def __init__(self) -> None:
        self._errors: list[FaultsError] = []

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        if not isinstance(error, FaultsError):
            return False
        self._errors.append(error)
        return True

    def refuse(self, fault: str) -> None:
        """One more fault."""
        self._errors.append(FaultsError(fault))

    def require(self) -> None:
        """Raise one `OptionError` with every faulty option, if there is any."""
        if self._errors:
            raise OptionError(
                "these options cannot be used",
                [fault for error in self._errors for fault in error.faults or (error.headline,)],
                "Run the command with --help to see what each option takes.",
            )

    def require_contents(self) -> None:
        """Raise what is wrong inside the files that options name, if anything is."""
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            raise OptionError(
                "the request cannot be used; nothing was computed",
                [line for error in self._errors for line in str(error).splitlines()],
            )
