"""Questions about a given plan: its score, its faults, its changes and their reasons."""
