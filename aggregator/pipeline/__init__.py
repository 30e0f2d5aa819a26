"""From raw events to the deltas of every group: ingest, groups, budget, cadence, publish."""
