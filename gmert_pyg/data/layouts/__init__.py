"""Dense layouts of other implementations."""
