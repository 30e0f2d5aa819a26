"""How the desk itself is doing, at the bottom of every window."""
