"""Trees of files: which recording goes to which file, under which name."""
