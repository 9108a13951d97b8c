"""Trade-offs between a quantity and response, as a frontier of proved plans."""
