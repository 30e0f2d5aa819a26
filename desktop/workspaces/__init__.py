"""Workspaces as they are kept: what stands where, in files, over screens. Knows no widget."""
