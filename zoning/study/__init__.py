"""A study: every setting of a run in one file, and the runs that were made of it."""
