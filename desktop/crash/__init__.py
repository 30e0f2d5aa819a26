"""What is left of a failure: reports on the disk, the mark of a desk that lives, what a person is shown."""
