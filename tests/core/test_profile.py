"""Where a person's files are, and who may read them."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import nkeys
import pytest

from core import platform
from core.profile import HOME_VARIABLE, NAME_VARIABLE, Profile, ProfileError, find_supervisor
from core.server_address import CredentialsError, ServerAddress, read_address


def test_the_home_and_the_name_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "a b"))
    monkeypatch.setenv(NAME_VARIABLE, "büro")
    profile = Profile.open()
    assert profile.directory == tmp_path / "a b" / "büro"
    assert Profile.open("other").directory == tmp_path / "a b" / "other"
    for path in (profile.run_dir, profile.logs_dir, profile.state_dir):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "."])
def test_a_name_cannot_lead_elsewhere(name: str) -> None:
    with pytest.raises(ProfileError, match="plain name"):
        Profile.open(name)


def test_a_home_that_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "file" / "home"))
    with pytest.raises(ProfileError, match=r"cannot use .*file/home.*set TAPEDECK_HOME"):
        Profile.open()


def test_a_private_file_is_replaced_whole_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old and readable")
    path.chmod(0o644)
    platform.write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_a_lock_is_one_holders_until_that_one_is_gone(tmp_path: Path, repo_root: Path) -> None:
    holder = "import sys; from pathlib import Path; from core.platform import FileLock\n"
    holder += "print(FileLock(Path(sys.argv[1])).acquire() or 'no', flush=True); sys.stdin.read()"
    path = tmp_path / "lock"
    lock = platform.FileLock(path)
    command = [sys.executable, "-c", holder, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repo_root) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"no\n" or not lock.acquire()
        other.kill()
    assert lock.acquire()
    assert not platform.FileLock(path).acquire()
    lock.release()
    assert platform.FileLock(path).acquire()


def test_each_kind_of_credentials_is_understood(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    where = ("nats://host:1",)
    seed = nkeys.encode_seed(bytes(32), nkeys.PREFIX_BYTE_USER).decode()
    file.write_text(json.dumps({"urls": ["nats://own:2"], "roles": {"desk": {"seed": seed}}}))
    own = read_address(file, "desk")
    assert (own.urls, own.seed, own.inbox_prefix) == (("nats://own:2",), seed, "_INBOX.desk")
    assert read_address(file, "desk", where).urls == where
    assert seed not in repr(own)
    file.write_text(f"{seed}\n")
    assert read_address(file, "desk", where).seed == seed
    file.write_text("-----BEGIN NATS USER JWT-----\n...")
    assert read_address(file, "desk", where).creds_file == file
    assert read_address(None, "desk", where).seed is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"urls": [], "roles": {"market": {}}}', "has no role 'desk', only market"),
        ("{", "is not a supervisor's credentials file"),
        ("hello", "is neither"),
        ("SUABC", "damaged nkey seed"),
        ('{"urls": ["nats://own:2"], "roles": {"desk": {"seed": 5}}}', "damaged nkey seed"),
        ("x" * 70_000, "too long"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "credentials"
    file.write_text(text)
    with pytest.raises(CredentialsError, match=said) as raised:
        read_address(file, "desk", ("nats://host:1",))
    assert str(file) in str(raised.value)


@pytest.mark.parametrize(
    "url", ["", "::::", "nats://", "nats://[::1", "nats://host:port", "http://host", "nats://a b:1", 5]
)
def test_a_url_that_can_never_work_is_named(url: str) -> None:
    with pytest.raises(CredentialsError, match=r"cannot be used: write nats://host:port"):
        ServerAddress(("nats://host:1", url))


def test_a_password_in_a_url_is_for_the_server_only() -> None:
    address = ServerAddress(("nats://alice:right@host:1", "host:2"))
    assert address.label == "nats://host:1, nats://host:2"
    assert "right" not in repr(address)
    with pytest.raises(CredentialsError) as raised:
        ServerAddress(("nats://alice:right@host:port",))
    assert "right" not in str(raised.value)


@pytest.mark.parametrize("content", ["[]", "nonsense", '{"pid": 1e999}', '{"pid": -1}'])
def test_a_damaged_note_of_a_supervisor_is_no_supervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    profile = Profile.open()
    profile.supervisor_file.write_text(content)
    assert find_supervisor(profile) is None
