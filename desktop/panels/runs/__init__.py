"""The list of runs: found, sorted, starred, tagged, played, compared, taken away."""
