"""The officers of a programme: who may stand in a school on a date, and who fills which post."""
