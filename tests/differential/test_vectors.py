"""The thirteen test vectors: every stage of every batch, on every target of the profile event32."""

import pytest

from sfdfa_compiler.codegen import find_target, target_entries
from tests.helpers import courses, vectors

TARGETS = [
    name for name in target_entries() if "event32" in find_target(name).capabilities.profiles
]


@pytest.mark.parametrize("name", vectors.NAMES)
@pytest.mark.parametrize("target", TARGETS)
def test_every_stage_of_every_batch(target, name, real_data):
    wanted = [line for line in vectors.expected(name).lines if not line[0].startswith("order")]
    assert list(courses.lines(name, real_data, courses.target(target, threads=2))) == wanted


def test_there_are_thirteen_and_three_targets():
    assert len(vectors.NAMES) == 13
    assert {"cuda", "native", "reference"} <= set(TARGETS)
