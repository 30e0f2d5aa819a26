"""Tape files: market events on disk, written so that whatever ends the writer, they stay readable."""
