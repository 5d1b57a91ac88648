"""A folder with a small program and its data, and the command line to use there."""

import pytest
from click.testing import CliRunner

from sfdfa_compiler.cli import main
from tests.helpers.small import write_small


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sfdfac(folder):
    """Run a command; by default it must succeed."""

    def run(*arguments, code=0):
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert result.exit_code == code, result.stdout + result.stderr
        return result

    return run
