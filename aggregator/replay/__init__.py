"""Replay sessions: a recorded tape played through the pipeline in a scope and a clock of its own."""
