"""Bars of a scope: what is kept of its trades, and the series that charts lease."""
