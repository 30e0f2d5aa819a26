"""What the headless side and the desktop share: no Qt, no process of its own."""
