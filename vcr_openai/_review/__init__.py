"""Reading an exchange: transcripts for people."""
