"""What a planner asks for: buildings, sizes, rules, costs, objective and limits."""
