"""The ``zoning`` command: parses, calls the library, prints."""

from zoning.cli.commands import app, main

__all__ = ["app", "main"]
