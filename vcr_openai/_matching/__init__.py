"""Matching: which requests count as the same, and the explanation where no recorded request matches."""
