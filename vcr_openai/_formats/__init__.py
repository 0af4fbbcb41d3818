"""The file formats of cassettes: each module reads or writes one of them."""
