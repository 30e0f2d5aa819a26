"""What is wrong with a text that a setting was given, in words for the place beside its field."""

from pathlib import Path

from core.market.intervals import IntervalError, parse_interval
from core.server_address import CredentialsError, ServerAddress
from desktop.tr import tr


def interval_complaint(text: str) -> str:
    """Each of these is empty for a text that can be used."""
    try:
        parse_interval(text)
    except IntervalError as error:
        return str(error)
    return ""


def urls_of(text: str) -> tuple[str, ...]:
    """The servers of a text with commas."""
    return tuple(url.strip() for url in text.split(",") if url.strip())


def server_complaint(text: str) -> str:
    if not text:
        return ""
    try:
        ServerAddress(urls_of(text))
    except CredentialsError as error:
        return str(error)
    if holds_login(text):
        return tr("The address holds a login: write it without, and put the login into a credentials file")
    return ""


def holds_login(text: str) -> bool:
    """One of the servers' URLs has a user or a password in it, which would be kept and shown in the clear."""
    return any("@" in url for url in urls_of(text))


def credentials_complaint(text: str) -> str:
    """Only of the place: what is in the file is read when it is used, and may be another by then."""
    if text and not Path(text).expanduser().is_absolute():
        return tr("“{text}” is no whole path: begin it with / or ~, or choose the file", text=text)
    return ""
