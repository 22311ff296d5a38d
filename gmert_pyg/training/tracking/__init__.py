"""What is measured while a model trains, and who is told."""
