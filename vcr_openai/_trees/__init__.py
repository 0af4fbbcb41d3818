"""Trees of files: finding, converting, renaming and redacting them."""
