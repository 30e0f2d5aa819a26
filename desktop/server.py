"""Which server the desk connects to: the one named, else that of this profile, started when missing."""

import asyncio

from core.server_address import ServerAddress, read_address
from desktop.options import DeskOptions

ROLE = "desk"


class NoServer(RuntimeError):
    """There is no server to connect to; the text says why and what to do."""


async def find_server(options: DeskOptions) -> ServerAddress:
    """Raises `NoServer` or `CredentialsError`, each with one line for the user."""
    if options.server:
        urls = tuple(url.strip() for url in options.server.split(",") if url.strip())
        return read_address(options.credentials_file, ROLE, urls)
    return await asyncio.to_thread(_of_profile)


def _of_profile() -> ServerAddress:
    from core.profile import Profile, ProfileError, start_supervisor

    try:
        # Detached: a desk that crashes takes no order path with it.
        return start_supervisor(Profile.open(), tie_to_parent=False).address(ROLE)
    except (ProfileError, OSError) as error:
        raise NoServer(str(error)) from error
