"""Panels of a run that is played: equity, metrics, trades and orders, each as of the clock."""
