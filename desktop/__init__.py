"""The screen: one process, one loop, any number of windows on one connection."""
