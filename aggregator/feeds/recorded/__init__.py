"""Readers of recorded market data: files in, one time-ordered tape of typed event columns out."""
