"""Short codes of exchanges for the narrow Venue column; the tooltip and copies give the whole name."""

from typing import Final

_CODES: Final = {
    "ASCENDEX": "ASCX",
    "BEQUANT": "BEQT",
    "BINANCE": "BINS",
    "BINANCE_DELIVERY": "BIND",
    "BINANCE_FUTURES": "BINF",
    "BITFINEX": "BTFX",
    "BITGET": "BTGT",
    "BITSTAMP": "BTSP",
    "BYBIT": "BYBT",
    "COINBASE": "CBSE",
    "GATEIO": "GTIO",
    "GATEIO_FUTURES": "GATE",
    "HITBTC": "HITB",
    "KRAKEN": "KRKN",
    "POLONIEX": "POLO",
    "SYNTHETIC": "SYNT",
}


def venue_code(exchange: str) -> str:
    """Four letters where they are known, else the name itself, elided by the cell."""
    return _CODES.get(exchange, exchange)
