"""Building the graphs of a whole corpus."""
