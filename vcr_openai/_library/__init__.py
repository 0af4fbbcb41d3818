"""The library: a tree of recordings as the cassettes of its tests."""
