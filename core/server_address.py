"""Where a bus server is and who we are to it.

Reads the three kinds of credentials an operator may hand over: the file a supervisor writes (one seed a
role), a NATS `.creds` file, a bare nkey seed. Secrets never appear in a repr.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from core import subjects

CREDENTIALS_BYTES_MAX = 64 * 1024


class CredentialsError(ValueError):
    """A credentials file cannot be used; the text names the file, what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Servers of one cluster, with one identity: user and password, an nkey seed, or a creds file.

    `inbox_prefix` is where this identity may receive replies; others may not read there.
    """

    urls: tuple[str, ...]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    seed: str | None = field(default=None, repr=False)
    creds_file: Path | None = None
    inbox_prefix: str = subjects.INBOX

    @property
    def label(self) -> str:
        return ", ".join(self.urls)


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
        return ServerAddress(urls, seed=text.strip())
    raise CredentialsError(
        f"{credentials_file} is neither a supervisor's credentials file, a NATS creds file nor an nkey seed"
    )


def _of_role(path: Path, text: str, role: str, urls: tuple[str, ...]) -> ServerAddress:
    try:
        content = json.loads(text)
        found_urls = urls or tuple(content["urls"])
        roles = content["roles"]
        if role not in roles:
            raise CredentialsError(f"{path} has no role {role!r}, only {', '.join(sorted(roles))}")
        seed = roles[role]["seed"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise CredentialsError(f"{path} is not a supervisor's credentials file: {error!r}") from error
    return ServerAddress(found_urls, seed=seed, inbox_prefix=subjects.inbox(role))


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
