"""Reading and writing of plans and rules."""
