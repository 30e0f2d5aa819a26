"""The built-in strategies, one a file; what they take is said in core/backtest/strategies.py."""
