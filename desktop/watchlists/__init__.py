"""Named lists of instruments, and finding an instrument by what a person types."""
