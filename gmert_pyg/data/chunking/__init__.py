"""Which code becomes one chain: units, and the windows of long ones."""
