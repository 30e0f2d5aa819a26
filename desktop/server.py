"""Which server the desk connects to: the one named, else that of this profile, started when missing."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from core.server_address import ServerAddress, read_address

ROLE = "desk"


class NoServer(RuntimeError):
    """There is no server to connect to; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """`server` None: the supervisor of this profile."""

    server: str | None = None
    credentials_file: Path | None = None


async def find_server(place: ServerPlace) -> ServerAddress:
    """Raises `NoServer` or `CredentialsError`, each with one line for the user."""
    if place.server:
        urls = tuple(url.strip() for url in place.server.split(",") if url.strip())
        return read_address(place.credentials_file, ROLE, urls)
    return await asyncio.to_thread(_of_profile)


def _of_profile() -> ServerAddress:
    from core.profile import Profile, ProfileError, start_supervisor

    try:
        # Detached: a desk that crashes takes no order path with it.
        return start_supervisor(Profile.open(), tie_to_parent=False).address(ROLE)
    except (ProfileError, OSError) as error:
        raise NoServer(str(error)) from error
