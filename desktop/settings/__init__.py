"""What a person has chosen for the whole desk: one store, one dialog, one first page."""
