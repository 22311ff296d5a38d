"""What is summed over the items of an evaluation."""
