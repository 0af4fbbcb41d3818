"""HTTP as values: bodies, exchanges, content codings, event streams."""
