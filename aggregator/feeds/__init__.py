"""Where events come from: recorded files, a synthetic market, and the publisher that puts them on the bus."""
