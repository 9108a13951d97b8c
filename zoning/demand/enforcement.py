"""What officers themselves produce is no demand for them."""

from __future__ import annotations

_ENFORCEMENT_WORDS = ("arrest", "suspension")


def refuse_enforcement(column: str) -> str:
    """Say why counts of arrests or suspensions are no demand; '' for any other column."""
    if not any(word in column.casefold() for word in _ENFORCEMENT_WORDS):
        return ""
    return (
        f"{column} counts actions of officers, so it would send more officers where they "
        "already are; use incidents or calls"
    )
