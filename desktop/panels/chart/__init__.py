"""The chart panel: candles, volume and indicators of one instrument, live or replayed."""
