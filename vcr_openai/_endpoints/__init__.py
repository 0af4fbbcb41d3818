"""The tables of endpoints: what the wire and the recorder do for each path of an API."""
