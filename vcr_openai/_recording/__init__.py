"""The recording format: one JSON document, and the key that is its file's name."""
