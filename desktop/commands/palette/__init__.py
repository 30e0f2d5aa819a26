"""The command palette: one field that finds every symbol, action, workspace and setting."""
