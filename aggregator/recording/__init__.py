"""Makes and keeps tape files: importing, recording live markets, listing, verifying."""
