"""The deck as a file: its properties, and the same bytes for the same slides."""

from __future__ import annotations

import datetime
import zipfile
from io import BytesIO
from typing import Any

from zoning.reports.typesetting import typed

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""What a zip archive counts from: the time of every file in it."""
_UNIX = 3


def set_properties(
    presentation: Any,
    *,
    title: str,
    district: str,
    edition: str,
    mark: str,
    date: datetime.date | None,
) -> None:
    """What an office program shows about the file; nothing about a person or a machine."""
    about = presentation.core_properties
    element = about._element
    for child in list(element):
        element.remove(child)
    about.title, about.author = typed(title)[:255], typed(district)[:255]
    about.subject = mark or f"{edition} edition"
    about.category = edition
    about.comments = mark
    about.keywords = mark
    about.language = "en-US"
    if date is not None:
        about.created = about.modified = datetime.datetime.combine(date, datetime.time())


def package_bytes(presentation: Any) -> bytes:
    """The file's bytes, without the clock or the machine in them."""
    made = BytesIO()
    presentation.save(made)
    return _timeless(made.getvalue())


def _timeless(archive: bytes) -> bytes:
    """An archive packed again with one fixed time; workbooks inside it too."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = 0o600 << 16
            new.writestr(entry, _timeless(content) if name.endswith(".xlsx") else content)
    return out.getvalue()
