"""One desk on a directory of choices: a second one shows the first one's window instead, and ends.

The system's file lock decides, so a desk that was killed is in nobody's way; a local socket is how the second
one asks. Blocks for a moment, before there is a window.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from core.logs import logger
from core.platform import FileLock, private_directory

ANSWER_TIMEOUT_MS: Final = 3_000
REQUEST_BYTES_MAX: Final = 4_096

_log = logger("instance")


class InstanceError(RuntimeError):
    """Another desk has the directory and does not answer; one line with the remedy."""


class Instance(QObject):
    """`claim` before anything is read from `desk_dir`; `release` when nothing of it is written any more."""

    def __init__(self, desk_dir: Path) -> None:
        super().__init__()
        self._directory = private_directory(desk_dir)
        self._lock = FileLock(desk_dir / "desk.lock")
        digest = hashlib.sha256(str(desk_dir.resolve()).encode()).hexdigest()[:16]
        self._name = f"tapedeck-{digest}"
        self._server: QLocalServer | None = None
        self.on_show: Callable[[str], None] = lambda _workspace: None  # another start asks for the window

    def claim(self) -> bool:
        """False when another desk has it."""
        if not self._lock.acquire():
            return False
        QLocalServer.removeServer(self._name)  # of a desk that was killed: the lock is ours
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._on_connection)
        if not server.listen(self._name):
            _log.warning("no second start can raise this desk", reason=server.errorString())
        self._server = server
        return True

    def show_other(self, workspace: str) -> None:
        """Have the desk that is running show its window. Raises `InstanceError` when it does not answer."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        request = json.dumps({"show": True, "workspace": workspace}).encode() + b"\n"
        answered = (
            socket.waitForConnected(ANSWER_TIMEOUT_MS)
            and socket.write(request) == len(request)
            and socket.waitForBytesWritten(ANSWER_TIMEOUT_MS)
            and socket.waitForReadyRead(ANSWER_TIMEOUT_MS)
        )
        socket.abort()
        if not answered:
            raise InstanceError(
                f"another desk uses {self._directory} and does not answer: end it, or use another --desk-dir"
            )

    def release(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.release()

    def _on_connection(self) -> None:
        assert self._server is not None
        socket = self._server.nextPendingConnection()
        socket.readyRead.connect(lambda: self._on_request(socket))
        socket.disconnected.connect(socket.deleteLater)

    def _on_request(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > REQUEST_BYTES_MAX:
                socket.abort()
            return
        try:
            request = json.loads(bytes(socket.readLine().data()))
            workspace = str(request.get("workspace", ""))
        except (ValueError, AttributeError) as error:
            _log.warning("a request that cannot be read", reason=str(error))
            socket.abort()
            return
        self.on_show(workspace)
        socket.write(b"shown\n")
        socket.flush()
