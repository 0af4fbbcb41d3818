"""What can be wrong with a file, and how a check reports it."""
