"""The engine: the only place that imports nautilus_trader, and always in a child process.

Nothing here is imported by anything but the child's entry point (`python -m core.backtest.engine`), its
tests and its bench; the rest of the product knows specs, files and progress lines.
"""
