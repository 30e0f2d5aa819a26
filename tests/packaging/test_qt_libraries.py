"""The list of system libraries names all that the installed Qt asks for: a fresh machine is told at once."""

import sys
from pathlib import Path

import PySide6
import PySide6QtAds
import pytest

from aggregator.doctor import qt_packages
from tests.packaging.elf import needed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings all it needs")

# Of the C library's own package, without which no program of this system runs.
C_LIBRARY = {"libc.so.6", "libm.so.6", "libresolv.so.2", "libpthread.so.0", "libdl.so.2", "librt.so.1"}
MODULES = ("Core", "Gui", "Widgets", "DBus", "Network", "OpenGL", "OpenGLWidgets", "Svg", "Qml", "XcbQpa")
PLUGINS = (
    "platforms/libqxcb.so",
    "platforms/libqoffscreen.so",
    "xcbglintegrations/*.so",
    "imageformats/libqsvg.so",
)


def test_the_list_names_what_qt_asks_the_system_for() -> None:
    package = Path(PySide6.__file__).parent
    files = [*package.glob("*.abi3.so*"), *Path(PySide6QtAds.__file__).parent.glob("*.so")]
    for module in MODULES:
        files += package.glob(f"Qt/lib/libQt6{module}.so.6")
    for plugin in PLUGINS:
        files += package.glob(f"Qt/plugins/{plugin}")
    used = [
        file for file in files if not file.name.startswith("Qt") or file.name.split(".")[0][2:] in MODULES
    ]
    asked = set().union(*(needed(file) for file in used))
    own = {file.name for file in package.rglob("*.so*")} | {"libshiboken6.abi3.so.6.11"}
    loader = {name for name in asked if name.startswith("ld-linux")}
    assert asked - own - C_LIBRARY - loader == set(qt_packages())
