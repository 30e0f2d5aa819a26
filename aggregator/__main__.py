"""`python -m aggregator` is `tapedeckd`."""

from aggregator.cli import main

main()
