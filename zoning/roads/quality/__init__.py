"""How good a street network is for a district's schools."""
