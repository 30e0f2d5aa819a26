"""What the headless side measures: one module a bench, each with `run(quick) -> Report`."""
