"""Redaction: where a secret is found, and the content without it."""
