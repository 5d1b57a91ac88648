"""Wrong usage: exit code 2 and a word of advice; faults of sfdfac: exit code 70 and a file."""

import pytest
from click.testing import CliRunner

from sfdfa_compiler import driver
from sfdfa_compiler.cli import fault, main
from tests.helpers.small import write_small


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sfdfac(*arguments):
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["trayn", "small.snn"], "Did you mean `train`?"),
        (["xyzzy"], "There is no command `xyzzy`."),
        (["train"], "Missing argument 'FILE'"),
        (["check", ""], "it is empty; write the name of a file"),
        (["fmt", ""], "it is empty; write the name of a file"),
        (["train", "small.snn", "--epochs", "3"], "No such option"),
        (["train", "small.snn", "--samples", "0"], "not in the range"),
        (["train", "small.snn", "--seed", "-1"], "not in the range"),
        (["train", "small.snn", "--seed", str(2**64)], "not in the range"),
        (["train", "small.snn", "--threads", "many"], "not a valid integer"),
        (["check", "small.snn", "--emit", "binary"], "tree"),
        (["diff", "small.snn"], "Missing option '--targets'"),
        (["diff", "small.snn", "--targets", "native"], "name two targets"),
        (["explain", "SNN999"], "there is no message SNN999"),
        (["explain", "../SNN201"], "there is no message"),
        (["new", "2nd"], "`2nd` cannot name a network"),
        (["new", "true"], "`true` cannot name a network"),
        (["new", "small"], "small.snn exists already"),
        (["new", "other", "--like", "minst"], "did you mean `mnist`?"),
        (["new", "other", "--like", "xyzzy"], "there are emnist, "),
        (["fmt"], "Missing argument"),
        (["targets", "cash"], "No such command"),
    ],
)
def test_wrong_usage(folder, arguments, advice):
    result = sfdfac(*arguments)
    assert result.exit_code == 2
    assert advice in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["train", "small.snn", "--target", "natve"], 2),
        (["train", "small.snn", "--profile", "event23"], 2),
        (["check", "small.snn", "--target", "natve"], 2),
        (["check", "nowhere.snn"], 1),
        (["train", "."], 1),
        (["train", "digits.npz"], 1),
        (["train", "small.snn", "--data", "nowhere"], 1),
        (["train", "small.snn", "--set", "hidden.size=0"], 1),
        (["train", "small.snn", "--set", "="], 1),
        (["train", "small.snn", "--data", "digits.npz", "--set", "learner.batch=31"], 1),
        (["check", "small.snn", "--set", "\udcff=1"], 1),
    ],
)
def test_the_users_mistakes(folder, arguments, exit_code):
    result = sfdfac(*arguments)
    assert result.exit_code == exit_code
    assert result.stderr.startswith("error[SNN")
    assert result.stdout == ""


def test_without_a_compiler_a_named_target_cannot_run(folder, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("CC", "")
    result = sfdfac("train", "small.snn", "--data", "digits.npz", "--target", "native")
    assert result.exit_code == 2
    assert "error[SNN540]" in result.stderr


def test_without_a_compiler_the_interpreter_runs_and_says_so(folder, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("CC", "")
    result = sfdfac("test", "small.snn", "--data", "digits.npz")
    assert result.exit_code == 0
    assert result.stderr.count("warning[SNN540]") == 1
    assert "`reference` runs instead" in result.stderr
    assert "install gcc or clang" in result.stderr
    assert result.stdout.startswith("small on reference")


@pytest.mark.parametrize("command", ["train", "run"])
def test_it_says_so_before_it_begins(folder, monkeypatch, command):
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("CC", "")
    result = sfdfac(command, "small.snn", "--data", "digits.npz", "--no-plot")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning[SNN540]")
    assert result.stderr.count("warning[SNN540]") == 1
    assert result.stderr.count("epoch ") == (3 if command == "train" else 0)
    result = sfdfac(command, "small.snn", "--data", "nowhere")
    assert result.stderr.index("warning[SNN540]") < result.stderr.index("error[SNN500]")


@pytest.mark.parametrize(
    ("targets", "column"), [("natve,reference", 1), ("reference,natve", 11), ("native, natve", 8)]
)
def test_an_unknown_target_to_compare_with(folder, targets, column):
    result = sfdfac("diff", "small.snn", "--targets", targets, "--data", "digits.npz")
    assert result.exit_code == 2
    assert result.stderr.startswith("error[SNN533]: there is no target `natve`\n")
    assert f" --> --targets:1:{column}\n" in result.stderr
    assert result.stderr.splitlines()[4].endswith(" " * (column - 1) + "^" * 5)


def test_a_fault_leaves_a_file_to_report(folder, monkeypatch):
    monkeypatch.setattr(driver, "parse", lambda source: [][1])
    monkeypatch.setattr("sys.argv", ["sfdfac", "check", "small.snn"])
    result = sfdfac("check", "small.snn")
    assert result.exit_code == 70
    assert "error[SNN900]: sfdfac has a fault: IndexError" in result.stderr
    assert "Traceback" not in result.stderr
    text = (folder / "sfdfac-fault.txt").read_text()
    assert "command line: sfdfac check small.snn" in text
    assert "IndexError: list index out of range" in text
    assert "network small {" in text


def test_a_fault_where_nothing_can_be_written(folder, monkeypatch):
    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(driver, "parse", lambda source: [][1])
    monkeypatch.setattr(fault.Path, "write_text", refuse)
    result = sfdfac("check", "small.snn")
    assert result.exit_code == 70
    assert "IndexError" in result.stderr
    assert "no file could be written" in result.stderr


def test_memory_that_is_not_there(folder, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(driver, "open_session", fail)
    result = sfdfac("test", "small.snn", "--data", "digits.npz")
    assert result.exit_code == 1
    assert result.stderr.startswith("error[SNN537]: this machine has not enough memory for that\n")
    assert " --> small.snn\n" in result.stderr


def test_memory_that_is_not_there_to_check(folder, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(driver, "parse", fail)
    result = sfdfac("check", "small.snn")
    assert result.exit_code == 1
    assert result.stderr.startswith("error[SNN537]: this machine has not enough memory for that\n")
    assert " --> sfdfac check\n" in result.stderr
