"""All workspaces of a desk and their files: one a workspace, and `desk.json` for what is about all of them.

Writes a moment after the last change and off the GUI thread; reads when the desk starts. What cannot be read
is set aside and told. A draft is not written: it stands beside the others until it is saved under a name.
Knows no window.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from core.state.versioned_file import StateError, VersionedFile
from core.tasks import TaskSet
from desktop.saver import Saver
from desktop.tr import tr
from desktop.workspaces.model import NAME_LENGTH_MAX, Data, SavedWorkspace
from desktop.workspaces.reading import MIGRATIONS, VERSION, read_workspace, unknown_zone, workspace_data

WORKSPACES_MAX: Final = 64
DESK_VERSION: Final = 1
SLUG_LENGTH_MAX: Final = 40
SETTLE_S: Final = 0.05  # a write that is under way is waited for
DELETED: Final = "deleted"  # the folder of files of workspaces that were deleted
Say = Callable[[str], None]


def slug_of(name: str, taken: Iterable[str]) -> str:
    """A file name for a workspace: plain letters and digits, one that is free."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:SLUG_LENGTH_MAX] or "workspace"
    used = set(taken)
    slug, number = plain, 2
    while slug in used:
        slug, number = f"{plain}-{number}", number + 1
    return slug


def free_name(name: str, taken: Iterable[str]) -> str:
    """`name`, with a number if there is one of that name."""
    used = {other.casefold() for other in taken}
    plain, number = name[:NAME_LENGTH_MAX], 2
    free = plain
    while free.casefold() in used:
        ending = f" {number}"
        free, number = plain[: NAME_LENGTH_MAX - len(ending)] + ending, number + 1
    return free


def workspace_file(path: Path) -> VersionedFile:
    """The file of one workspace."""
    return VersionedFile(path, VERSION, MIGRATIONS, read_workspace)


class WorkspaceStore:
    """`capture` is called before the open workspace is written, and answers what it is now."""

    def __init__(self, desk_dir: Path, tasks: TaskSet, say: Say) -> None:
        self.directory = desk_dir / "workspaces"
        self.order: list[str] = []  # slugs, as the tabs stand
        self.open = ""  # the one that is on the screen
        self.monitors: dict[str, str] = {}  # names that a person gave sets of screens
        self.capture: Callable[[], SavedWorkspace | None] = lambda: None
        self._workspaces: dict[str, SavedWorkspace] = {}
        self._drafts: set[str] = set()
        self._gone: dict[str, SavedWorkspace] = {}  # deleted, the file is still to be moved
        self._savers: dict[str, Saver] = {}
        self._tasks = tasks
        self._say = say
        self._file = VersionedFile(desk_dir / "desk.json", DESK_VERSION, check=_check_desk)
        self._saver = Saver(self._file, self._desk_data, tasks, say)

    # ---- reading ---------------------------------------------------------------------------------
    def load(self) -> None:
        """Everything that is on the disk; says what was set aside, and what could not be read."""
        data: Data = {}
        try:
            loaded = self._file.load()
            self._told(loaded.notice)
            data = loaded.data or {}
        except OSError as error:
            self._unread(self._file.path, error)
        slugs = self._on_disk()
        self.monitors = {str(key): str(name) for key, name in data.get("monitors", {}).items()}
        kept = [slug for slug in data.get("order", []) if isinstance(slug, str) and slug in slugs]
        for slug in [*kept, *sorted(slugs - set(kept))][:WORKSPACES_MAX]:
            self._load_one(slug)
        opened = data.get("open", "")
        self.open = opened if opened in self._workspaces else (self.order[0] if self.order else "")

    def _on_disk(self) -> set[str]:
        """Slugs that have a file, whether it can be read or not: no other workspace may take them."""
        try:
            return {_plain_stem(path) for path in self.directory.glob("*.json")}
        except OSError as error:
            self._unread(self.directory, error)
            return set()

    def _unread(self, path: Path, error: OSError) -> None:
        self._say(tr("{path} cannot be read: {reason}", path=path, reason=error.strerror or error))

    def _load_one(self, slug: str) -> None:
        file = workspace_file(self.directory / f"{slug}.json")
        try:
            loaded = file.load()
        except OSError as error:
            self._unread(file.path, error)
            return
        self._told(loaded.notice)
        if loaded.data is not None:
            zone = unknown_zone(loaded.data)
            if zone:
                self._say(
                    tr("{file}: there is no zone “{zone}”; that of the settings is used",
                       file=file.path.name, zone=zone)
                )  # fmt: skip
            self._keep(slug, read_workspace(loaded.data))

    def _told(self, notice: str) -> None:
        if notice:
            self._say(notice)

    def _keep(self, slug: str, workspace: SavedWorkspace) -> None:
        self._workspaces[slug] = workspace
        self.order.append(slug)
        self._add_saver(slug)

    def _add_saver(self, slug: str) -> None:
        file = workspace_file(self.directory / f"{slug}.json")
        self._savers[slug] = Saver(file, lambda: self._data_of(slug), self._tasks, self._say)

    def __getitem__(self, slug: str) -> SavedWorkspace:
        return self._workspaces[slug]

    def __contains__(self, slug: str) -> bool:
        return slug in self._workspaces

    def __len__(self) -> int:
        return len(self.order)

    @property
    def names(self) -> list[str]:
        """As the tabs stand."""
        return [self._workspaces[slug].name for slug in self.order]

    def named(self, name: str) -> str:
        """The slug of a name, in any case; empty when there is none."""
        wanted = name.strip().casefold()
        return next((slug for slug in self.order if self[slug].name.casefold() == wanted), "")

    def is_draft(self, slug: str) -> bool:
        """It is not kept."""
        return slug in self._drafts

    # ---- changing --------------------------------------------------------------------------------
    def add(self, workspace: SavedWorkspace, place: int | None = None, draft: bool = False) -> str:
        """Another workspace, under its name or that name with a number; returns its slug.

        A long name is cut. Raises `StateError` for an empty one, and where there are too many.
        """
        if len(self) >= WORKSPACES_MAX:
            raise StateError(tr("There are {most} workspaces: delete one first", most=WORKSPACES_MAX))
        workspace = workspace.with_(name=_checked_name(workspace.name[:NAME_LENGTH_MAX]))
        slug = slug_of(workspace.name, {*self._workspaces, *self._gone, *self._on_disk()})
        self._workspaces[slug] = workspace.with_(name=free_name(workspace.name, self.names))
        self.order.insert(len(self.order) if place is None else place, slug)
        if draft:
            self._drafts.add(slug)
        else:
            self._add_saver(slug)
            self.changed(slug)
            self._saver.changed()
        return slug

    def put(self, slug: str, workspace: SavedWorkspace) -> None:
        """What it is now."""
        self._workspaces[slug] = workspace
        self.changed(slug)

    def changed(self, slug: str) -> None:
        """It is to be written; for the open one what it is then."""
        if slug in self._savers:
            self._savers[slug].changed()

    def set_open(self, slug: str) -> None:
        """This one is on the screen."""
        self.open = slug
        if not self.is_draft(slug):
            self._saver.changed()

    def rename(self, slug: str, name: str) -> None:
        """Raises `StateError` for a name that is empty, too long or taken."""
        wanted = _checked_name(name)
        if self.named(wanted) not in ("", slug):
            raise StateError(tr("There is a workspace “{name}” already", name=wanted))
        self.put(slug, self[slug].with_(name=wanted))

    def keep(self, slug: str, name: str) -> None:
        """A draft is a workspace like any other from now on."""
        self.rename(slug, name)
        if slug in self._drafts:
            self._drafts.discard(slug)
            self._add_saver(slug)
            self.changed(slug)
            self._saver.changed()

    def move(self, slug: str, place: int) -> None:
        """To another place among the tabs."""
        self.order.remove(slug)
        self.order.insert(max(0, min(place, len(self.order))), slug)
        self._saver.changed()

    def delete(self, slug: str) -> SavedWorkspace:
        """Away; its file goes into the folder of deleted ones. Returns what it was."""
        workspace = self._workspaces.pop(slug)
        self.order.remove(slug)
        self._drafts.discard(slug)
        saver = self._savers.pop(slug, None)
        if saver is not None:
            self._gone[slug] = workspace
            self._tasks.start(self._set_deleted(slug, saver), f"delete-{slug}")
            self._saver.changed()
        return workspace

    async def _set_deleted(self, slug: str, saver: Saver) -> None:
        file = saver.file
        while saver.is_pending:  # noqa: ASYNC110 (a saver tells nobody when it is done)
            await asyncio.sleep(SETTLE_S)
        self._gone.pop(slug, None)

        def move() -> None:
            target = self.directory / DELETED
            target.mkdir(parents=True, exist_ok=True)
            for path in (file.path, *file.backups()):
                if path.exists():
                    path.replace(target / path.name)

        try:
            await asyncio.to_thread(move)
        except OSError as error:
            self._say(tr("{path} was not removed: {reason}", path=file.path, reason=error.strerror or error))

    def name_monitors(self, key: str, name: str) -> None:
        """A person's name for a set of screens; an empty one takes it away."""
        self.monitors.pop(key, None)
        if name.strip():
            self.monitors[key] = name.strip()[:NAME_LENGTH_MAX]
        self._saver.changed()

    # ---- writing ---------------------------------------------------------------------------------
    def _data_of(self, slug: str) -> Data:
        if slug == self.open and slug in self._workspaces:
            now = self.capture()
            if now is not None:
                self._workspaces[slug] = now
        return workspace_data(self._workspaces.get(slug) or self._gone[slug])

    def _desk_data(self) -> Mapping[str, Any]:
        kept = [slug for slug in self.order if slug not in self._drafts]
        opened = self.open if self.open in kept else (kept[0] if kept else "")
        return {"order": kept, "open": opened, "monitors": self.monitors}

    def flush(self) -> None:
        """Write what is not written yet, and wait: the desk ends."""
        for saver in (*self._savers.values(), self._saver):
            saver.flush()

    # ---- files of others -------------------------------------------------------------------------
    def text_of(self, slug: str) -> str:
        """What a file to be given away has in it; `read_file` reads it."""
        return workspace_file(Path(slug)).text(self._data_of(slug))


def read_file(path: Path) -> SavedWorkspace:
    """A workspace that somebody exported. Raises `StateError` with a line to be shown; blocks."""
    try:
        data = workspace_file(path).read_outside()
    except OSError as error:
        raise StateError(
            tr("{path} cannot be read: {reason}", path=path, reason=error.strerror or error)
        ) from error
    except ValueError as error:
        raise StateError(
            tr("{path} is no workspace: {reason}", path=path, reason=" ".join(str(error).split()))
        ) from error
    return read_workspace(data)


def _checked_name(name: str) -> str:
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > NAME_LENGTH_MAX:
        raise StateError(tr("A name has 1 to {most} characters", most=NAME_LENGTH_MAX))
    return wanted


def _plain_stem(path: Path) -> str:
    """`main` of main.json, main.backup-01.json and main.unreadable-1.json: each tells of a workspace."""
    return re.sub(r"\.(backup-\d+|unreadable-\d+)$", "", path.stem)


def _check_desk(data: Data) -> None:
    for key, kind in (("order", list), ("open", str), ("monitors", dict)):
        if not isinstance(data.get(key), kind):
            raise StateError(f"“{key}” is missing or of the wrong kind")
