"""Streets as tables, with their speeds and the build report."""
