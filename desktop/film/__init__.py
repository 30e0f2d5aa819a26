"""A finished run as a scope of the desk: its own clock, and everything that panels read as of it."""
