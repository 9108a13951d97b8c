"""The streets as tables, with their speeds and a report of what was read."""
