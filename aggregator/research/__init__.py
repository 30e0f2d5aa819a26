"""The commands of research: datasets, runs, their catalog; what they do is in core/backtest/."""
