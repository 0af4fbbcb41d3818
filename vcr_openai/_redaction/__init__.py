"""Redaction: what a secret is, where one stands, and the text without it."""
