"""`python -m desktop` is the `tapedeck` command."""

from desktop.cli import main

main()
