"""Matching: which requests count as the same, and what is said when none does."""
