"""The report page: recordings and their differences in one HTML file."""
