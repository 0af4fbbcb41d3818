"""JSON as text and as values: reading, writing, paths, positions, differences."""
