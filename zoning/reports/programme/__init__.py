"""Pages, tables and slides of the programme around the zones, from what it computed."""
