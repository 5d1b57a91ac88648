"""The text of kernels in the user's cache: what was damaged there is written again."""

import shutil
from dataclasses import replace

import pytest

from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.targets.cuda import TARGET
from tests.helpers import courses, nets

NET = nets.random_program(3, sizes=(6, 12, 4))
ARTIFACT = TARGET.emit(NET.schedule, courses.ORIGIN)


def a_folder(path):
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("")


def a_file_for_its_folder(path):
    shutil.rmtree(path.parent)
    path.parent.write_text("")


DAMAGES = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "edited": lambda path: path.write_text(path.read_text().replace("float", "double")),
    "not UTF-8": lambda path: path.write_bytes(b"\xff\xfe"),
    "a folder": a_folder,
    "a file for its folder": a_file_for_its_folder,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_text_is_written_again(damage, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = TARGET.build(ARTIFACT, None).path / "net.cu"
    before = path.stat().st_mtime_ns
    TARGET.build(ARTIFACT, None)
    assert path.stat().st_mtime_ns == before
    DAMAGES[damage](path)
    TARGET.build(ARTIFACT, None)
    assert path.read_text(encoding="utf-8") == ARTIFACT.files["net.cu"]


def test_nothing_is_written_for_a_layer_that_is_too_large():
    layer, output = NET.schedule.layers
    with pytest.raises(UserError, match="SNN587"):
        TARGET.emit(
            replace(NET.schedule, layers=(replace(layer, size=70_000), output)), courses.ORIGIN
        )
