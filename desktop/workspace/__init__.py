"""Windows: docks, the bars around them, the frame that says what is not live."""
