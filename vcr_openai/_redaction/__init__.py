"""Redaction: what a secret is, where one is found, and the content without it."""
