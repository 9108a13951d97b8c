"""Pages with a map that open in a browser without a network."""
