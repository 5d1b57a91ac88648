"""Files that cannot be read."""

import os
import tempfile
from pathlib import Path

import pytest

from sfdfa_compiler.diagnostics import UserError, render
from sfdfa_compiler.dsl import parse, read_source
from sfdfa_compiler.dsl.source import MOST_BYTES


def message(path: str | Path) -> str:
    with pytest.raises(UserError) as caught:
        read_source(path)
    return render(caught.value.diagnostics)


def test_right(tmp_path: Path) -> None:
    path = tmp_path / "a.snn"
    path.write_bytes("\ufeffx = 1 µs\r\n".encode())
    source = read_source(path)
    assert source.name == str(path)
    assert source.text == "\ufeffx = 1 µs\r\n"
    path.write_bytes(b"")
    assert read_source(path).text == ""


def test_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.snn"
    assert message(path) == (
        "error[SNN560]: cannot read this file: no such file or directory\n"
        f" --> {path}\n"
        "  = help: check the name; `sfdfac new` writes a first program\n"
    )


def test_folder(tmp_path: Path) -> None:
    assert "is a directory" in message(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert "not a directory" in message(tmp_path / "a" / "b.snn")


def test_strange_names() -> None:
    assert "SNN560" in message("a\0b")
    assert "SNN560" in message("x" * 5000)
    assert "SNN560" in message(os.fsdecode(b"\xff"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.snn"
    path.touch(mode=0)
    assert "permission denied" in message(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("device", ["/dev/full", "/dev/zero"])
def test_devices_without_end(device: str) -> None:
    assert "SNN008" in message(device)


def test_too_large() -> None:
    with tempfile.NamedTemporaryFile(suffix=".snn") as file:
        file.write(b"#" * MOST_BYTES)
        file.flush()
        assert parse(read_source(file.name))[1] == []
        file.write(b"#")
        file.flush()
        assert "larger than 1 MiB" in message(file.name)


@pytest.mark.parametrize(
    ("data", "place", "text"),
    [
        ("für".encode("latin-1"), "1:2", "byte 0xFC cannot stand here"),
        (
            "# µ\n\N{GREEK SMALL LETTER TAU}".encode() + b"\xff",
            "2:2",
            "byte 0xFF cannot stand here",
        ),
        ("x".encode("utf-16"), "1:1", "it is UTF-16"),
        (bytes(range(256)), "2:118", "byte 0x80 cannot stand here"),
    ],
)
def test_not_utf8(tmp_path: Path, data: bytes, place: str, text: str) -> None:
    path = tmp_path / "a.snn"
    path.write_bytes(data)
    shown = message(path)
    assert "SNN002" in shown
    assert f"a.snn:{place}\n" in shown
    assert text in shown
