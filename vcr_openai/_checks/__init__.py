"""Checks: what is wrong with a file of any format."""
