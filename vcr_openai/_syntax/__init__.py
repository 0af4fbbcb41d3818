"""Syntax: the texts of JSON, of YAML, of a stream, and the values that they spell."""
