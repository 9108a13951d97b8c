"""The programme around the zones: law, reports, what happened at the schools, and its goals."""
