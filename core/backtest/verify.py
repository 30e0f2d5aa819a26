"""Is a dataset still what its manifest says: every file read again, nothing missing, nothing beside.

Findings of the import are no defects. Reads everything, changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.backtest.dataset import MANIFEST, DatasetError, DatasetManifest, dataset_there, read_manifest
from core.backtest.home import ResearchHome
from core.backtest.importing.steady_file import sha256_of

KEPT_BESIDE: Final = frozenset({MANIFEST, "kept.json"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """`manifest` None: it cannot be read. Each defect is one line with the remedy."""

    dataset_id: str
    manifest: DatasetManifest | None
    defects: tuple[str, ...]


def verify_dataset(
    home: ResearchHome, dataset_id: str, told: Callable[[int, int, str], None] = lambda *_: None
) -> Verdict:
    """`told` gets files done, of how many, and the next one's name. Raises `OSError`."""
    directory = home.datasets / dataset_id
    try:
        manifest = dataset_there(home, dataset_id)
    except DatasetError as error:
        return Verdict(dataset_id, None, (str(error),))
    if manifest is None:
        return Verdict(dataset_id, None, (f"dataset {dataset_id} has no manifest: import it again",))
    where = f"dataset {manifest.name} ({dataset_id})"
    defects: list[str] = []
    if manifest.id != dataset_id:
        defects.append(f"{where} says it is {manifest.id}: it was renamed by hand, name it so again")
    for number, (name, sha256) in enumerate(sorted(manifest.outputs.items())):
        told(number, len(manifest.outputs), name)
        try:
            found = sha256_of(directory / name)
        except FileNotFoundError:
            defects.append(f"{where}: {name} is missing: remove the dataset and import it again")
            continue
        if found != sha256:
            defects.append(
                f"{where}: {name} is not as it was written: remove the dataset and import it again"
            )
    said = {*manifest.outputs, *KEPT_BESIDE}
    defects += [
        f"{where}: {name} does not belong to it: take it away"
        for name in sorted(_files(directory))
        if name not in said and not Path(name).name.startswith(".")
    ]
    return Verdict(dataset_id, manifest, tuple(defects))


def whole_dataset(home: ResearchHome, dataset_id: str) -> DatasetManifest | None:
    """The manifest of a dataset of which every file is there and as it was written. Raises `OSError`."""
    return whole_directory(home.datasets / dataset_id, dataset_id)


def whole_directory(directory: Path, dataset_id: str) -> DatasetManifest | None:
    """As `whole_dataset`, of a directory that may not be in its place yet."""
    try:
        manifest = read_manifest(directory, dataset_id)
        if manifest is None or manifest.id != dataset_id:
            return None
        is_whole = all(sha256_of(directory / name) == sha256 for name, sha256 in manifest.outputs.items())
    except (DatasetError, FileNotFoundError):
        return None
    return manifest if is_whole else None


def dataset_ids(home: ResearchHome) -> list[str]:
    """Directories that are or should be datasets, by name."""
    return sorted(each.name for each in home.datasets.iterdir() if each.is_dir() and each.name[0] != ".")


def _files(directory: Path) -> list[str]:
    return [path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()]
