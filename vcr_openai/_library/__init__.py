"""The library: a tree of recordings that pytest plays without cassettes."""
