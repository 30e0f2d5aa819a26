"""Datasets and runs made without an importer and without an engine; the builder is the bench's own."""

from aggregator.bench.made_run import MINUTES, made_dataset, made_home, made_run

__all__ = ["MINUTES", "made_dataset", "made_home", "made_run"]
