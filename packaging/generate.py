"""Make core/wire/generated from the schemas beside it: `python packaging/generate.py [--into DIR]`.

The generated code is committed, so users need no compiler; a test compares it with a fresh run. Standard
library only: it calls `flatc` (Debian's flatbuffers-compiler, 2.0.8) and protoc (of grpcio-tools). It writes
below core/wire/generated of the target directory and nowhere else.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPO_ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = REPO_ROOT / "core" / "wire" / "schema"
GENERATED = Path("core", "wire", "generated")


class GenerateError(RuntimeError):
    """A compiler is missing or refused a schema; the text says which."""


def generate(into: Path) -> list[Path]:
    """Write the generated package below `into`; returns its files, relative to `into`."""
    flatc = shutil.which("flatc")
    if flatc is None:
        raise GenerateError("flatc is not on PATH: on Debian install flatbuffers-compiler")
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        package = fresh / GENERATED
        package.mkdir(parents=True)
        _run(flatc, "--python", "-o", str(fresh), *map(str, sorted(SCHEMAS.glob("*.fbs"))))
        (package / "__init__.py").touch()
        _run(
            sys.executable, "-m", "grpc_tools.protoc", f"-I{SCHEMAS}",
            f"--python_out={package}", f"--pyi_out={package}", "control.proto",
        )  # fmt: skip
        made = sorted(path.relative_to(fresh) for path in package.rglob("*.py*") if path.is_file())
        target = into / GENERATED
        shutil.rmtree(target, ignore_errors=True)
        # flatc also writes an empty __init__.py into every parent package: only our own folder is taken.
        shutil.copytree(package, target)
    return made


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise GenerateError(
            f"{command[0]} ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description="Make core/wire/generated from core/wire/schema.")
    parser.add_argument(
        "--into", type=Path, default=REPO_ROOT, help="root to write below (default: the repository)"
    )
    try:
        made = generate(parser.parse_args().into)
    except GenerateError as error:
        print(f"generate: {error}", file=sys.stderr)
        return 1
    print(f"{len(made)} files in {GENERATED}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
