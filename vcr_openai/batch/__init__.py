"""Work on many files at once, as the command line does it."""
