"""What is said of a run while it plays. Pure: a film in, text out."""

from core.backtest.film.film import Film
from desktop.research.rows import settings_words
from desktop.tr import tr

SYMBOLS_SAID_MAX = 3


def run_title(film: Film) -> str:
    """`Run 7c1e9a04, sma_crossover fast 120, slow 480 on EURUSD 1m`."""
    spec = film.run.spec
    symbols = [reel.instrument.key.symbol for reel in film.reels]
    of = ", ".join(symbols[:SYMBOLS_SAID_MAX])
    if len(symbols) > SYMBOLS_SAID_MAX:
        of = tr("{symbol} and {count} more", symbol=symbols[0], count=len(symbols) - 1)
    return tr(
        "Run {run}, {strategy} on {symbols} {interval}",
        run=film.run.manifest.run_id[:8],
        strategy=settings_words(spec.strategy, spec.parameters),
        symbols=of,
        interval=film.interval,
    )
