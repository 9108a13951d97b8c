"""Review of a given plan: score, faults, edits, explanation and comparison."""
