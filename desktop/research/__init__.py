"""What the desk knows of datasets and runs: the catalog as last read, and what is done about it."""
