"""Readable cassettes: interactions ⇄ the text of an ``.openai.yaml`` file."""
