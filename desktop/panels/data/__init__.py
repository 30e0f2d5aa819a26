"""Datasets on the desk: what there is, what is being imported, and how files become one."""
