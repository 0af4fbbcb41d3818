"""What a replayed stream does: its pieces, pauses and faults."""
