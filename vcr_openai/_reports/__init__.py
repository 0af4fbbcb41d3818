"""Reports: what is said of a file's content, right or wrong."""
