"""Trade-offs: what one quantity costs in another, as a frontier of proved plans."""
