"""Datasets, runs, what they left, what they were worth; the engine that makes them is a child's (engine/)."""
