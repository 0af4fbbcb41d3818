"""YAML as text: reading and writing."""
