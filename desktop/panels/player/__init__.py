"""The player: clock, keys and time line of a replay session."""
