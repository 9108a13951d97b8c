"""Branch and price: the search for the best partition over all zones."""
