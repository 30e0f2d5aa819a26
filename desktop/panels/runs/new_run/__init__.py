"""The form of a new run: what to run over which data, drawn from what the strategies say of themselves."""
