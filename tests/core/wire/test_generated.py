"""The committed generated code is what the schemas say."""

import importlib.util
import os
import shutil
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def generator(repo_root: Path) -> ModuleType:
    # packaging/ is no package: with an __init__.py it would hide PyPI's `packaging`.
    spec = importlib.util.spec_from_file_location(
        "tapedeck_generate", repo_root / "packaging" / "generate.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sources(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text() for path in root.rglob("*.py*") if path.suffix != ".pyc"
    }


def test_generated_code_matches_its_schemas(generator: ModuleType, repo_root: Path, tmp_path: Path) -> None:
    if shutil.which("flatc") is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("flatc is missing: CI must check the generated code (Debian: flatbuffers-compiler)")
        pytest.skip("no flatc on PATH: the generated code is not compared (Debian: flatbuffers-compiler)")
    generator.generate(tmp_path)
    fresh = sources(tmp_path / "core" / "wire" / "generated")
    assert fresh == sources(repo_root / "core" / "wire" / "generated"), "run: python packaging/generate.py"


def test_a_missing_compiler_is_said_in_one_line(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(generator.GenerateError, match="flatbuffers-compiler"):
        generator.generate(tmp_path)
