"""One run on a page: equity, drawdown, months, trades, exposure, figures; and that page as a file."""
