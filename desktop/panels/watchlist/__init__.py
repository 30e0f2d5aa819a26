"""A list of instruments with their quotes."""
