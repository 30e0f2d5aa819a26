"""Instruments, the quote table and the groups that travel between processes."""
