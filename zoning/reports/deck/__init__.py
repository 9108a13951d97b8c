"""A slide deck for a board meeting: native text, tables and a chart, with speaker notes."""

from zoning.reports.deck.board_deck import deck

__all__ = ["deck"]
