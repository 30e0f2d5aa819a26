"""A seeded, believable market that nobody can mistake for a real one."""
