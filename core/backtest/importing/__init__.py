"""From files to a dataset: read in a stream, folded into minutes, cut by a calendar, written whole."""
