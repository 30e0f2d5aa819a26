"""A finished run as of any time of it: what was known then, and nothing that came later."""
