"""Where a bus server is and who we are to it.

Reads the three kinds of credentials an operator may hand over: the file a supervisor writes (one seed a
role), a NATS `.creds` file, a bare nkey seed. Secrets never appear in a repr.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import nkeys

from core import subjects

CREDENTIALS_BYTES_MAX = 64 * 1024
SCHEMES = ("nats", "tls", "ws", "wss")


class CredentialsError(ValueError):
    """A credentials file cannot be used; the text names the file, what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Servers of one cluster, with one identity: user and password, an nkey seed, or a creds file.

    `inbox_prefix` is where this identity may receive replies; others may not read there. Raises
    `CredentialsError` for a URL that can never work.
    """

    urls: tuple[str, ...] = field(repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    seed: str | None = field(default=None, repr=False)
    creds_file: Path | None = None
    inbox_prefix: str = subjects.INBOX

    def __post_init__(self) -> None:
        if not self.urls:
            raise CredentialsError("no server URL was given")
        for url in self.urls:
            _split(url)

    @property
    def label(self) -> str:
        """The URLs for people and logs, without user and password."""
        return ", ".join(
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" for parts in map(_split, self.urls)
        )


def read_address(credentials_file: Path | str | None, role: str, urls: tuple[str, ...] = ()) -> ServerAddress:
    """The address of `role`. `urls` override those in the file. Raises `CredentialsError`."""
    if not credentials_file:
        if not urls:
            raise CredentialsError("neither a server URL nor a credentials file was given")
        return ServerAddress(urls)
    credentials_file = Path(credentials_file)
    text = _read(credentials_file)
    if text.lstrip().startswith("{"):
        return _of_role(credentials_file, text, role, urls)
    if not urls:
        raise CredentialsError(f"{credentials_file} holds no server URL: give one with --server")
    if "BEGIN NATS USER JWT" in text:
        return ServerAddress(urls, creds_file=credentials_file)
    if text.strip().startswith("SU"):
        return ServerAddress(urls, seed=_seed(credentials_file, text.strip()))
    raise CredentialsError(
        f"{credentials_file} is neither a supervisor's credentials file, a NATS creds file nor an nkey seed"
    )


def _split(url: str) -> SplitResult:
    """The parts of a server's URL. Raises `CredentialsError`."""
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        _ = parts.port  # raises for what is no port
        if parts.scheme not in SCHEMES or not parts.hostname or url.split() != [url]:
            raise ValueError
    except (ValueError, TypeError) as error:
        without_secrets = str(url).rpartition("@")[2]
        raise CredentialsError(
            f"server URL {without_secrets!r} cannot be used: write nats://host:port"
        ) from error
    return parts


def _of_role(path: Path, text: str, role: str, urls: tuple[str, ...]) -> ServerAddress:
    try:
        content = json.loads(text)
        found_urls = urls or tuple(content["urls"])
        roles = content["roles"]
        if role not in roles:
            raise CredentialsError(f"{path} has no role {role!r}, only {', '.join(sorted(roles))}")
        seed = _seed(path, roles[role]["seed"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise CredentialsError(f"{path} is not a supervisor's credentials file: {error!r}") from error
    return ServerAddress(found_urls, seed=seed, inbox_prefix=subjects.inbox(role))


def _seed(path: Path, seed: str) -> str:
    try:
        nkeys.from_seed(bytearray(seed.encode())).wipe()
    except (nkeys.NkeysError, ValueError, AttributeError) as error:
        raise CredentialsError(f"{path} holds a damaged nkey seed: use another file") from error
    return seed


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(CREDENTIALS_BYTES_MAX + 1)
        if len(data) > CREDENTIALS_BYTES_MAX:
            raise CredentialsError(f"{path} is too long for a credentials file")
        return data.decode()
    except OSError as error:
        raise CredentialsError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CredentialsError(f"{path} is not a text file") from error
