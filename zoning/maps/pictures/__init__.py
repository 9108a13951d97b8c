"""Map and chart pictures for slides and print."""
