"""What a new chart begins with; apart, so that a window without a chart does not load one."""

from typing import Final

from core.market.intervals import seconds

DEFAULT_INTERVAL: Final = seconds(3)  # a chart on a market just begun has bars within a breath
