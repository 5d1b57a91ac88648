"""Rules for the repository itself that no other tool checks."""

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIBLINGS = ("dsl", "targets", "templates", "examples")

# The folder names stand apart from the slashes, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.~$})-])/(?:home|root|Users|work|mnt|tmp|opt)/[\w.]")
REGISTRY = re.compile(r"--(?:extra-)?index" + r"-url|https?://[^\s)]*/simp" + r"le\b")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|NotImple" + r"mentedError)\b")


def tracked(*patterns):
    """Files that git knows or would add, links and deleted ones left out."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in sorted(set(listing.split("\0"))) if name)
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def texts():
    for path in tracked():
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def hits(pattern):
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_path_of_one_machine():
    assert hits(MACHINE_PATH) == []


def test_no_package_registry_is_named():
    assert hits(REGISTRY) == []


def test_nothing_is_left_unfinished():
    assert hits(UNFINISHED) == []


def test_the_patterns_find_what_they_are_for():
    assert MACHINE_PATH.search("see /" + "home/ann/sfdfac")
    assert not MACHINE_PATH.search("https://example.org/home/ann and build/tmp/x")
    assert REGISTRY.search("pip install --index" + "-url x")
    assert UNFINISHED.search("# TO" + "DO: later")
    assert UNFINISHED.search("raise NotImple" + "mentedError")


@pytest.mark.parametrize("path", tracked("*.py"), ids=lambda path: str(path.relative_to(ROOT)))
def test_python_files_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 500


def test_no_large_file():
    assert [str(path) for path in tracked() if path.stat().st_size > 1_000_000] == []


def test_text_files_end_with_one_line_break():
    wrong = [
        str(path)
        for path, text in texts()
        if text and (not text.endswith("\n") or text.endswith("\n\n") or "\r" in text)
        if path.suffix in {".py", ".md", ".toml", ".j2", ".snn", ".lark", ""}
        if "bad_input" not in path.parts and "ui" not in path.parts
    ]
    assert wrong == []


@pytest.mark.parametrize("sibling", SIBLINGS)
def test_siblings_are_relative_links(sibling):
    link = ROOT / "sfdfa_compiler" / sibling
    assert link.is_symlink()
    assert os.readlink(link) == f"../{sibling}"  # noqa: PTH115 - the text of the link itself
    assert (ROOT / sibling / "__init__.py").is_file()


def test_siblings_are_imported_by_their_published_name():
    wrong = []
    for path in tracked("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            wrong += [f"{path}: {name}" for name in names if name.split(".")[0] in SIBLINGS]
    assert wrong == []


def test_links_in_the_documents_lead_somewhere():
    broken = []
    for path in tracked("*.md"):
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:|#", target):
                continue
            if not (path.parent / target.partition("#")[0]).exists():
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = sorted(page.name for page in folder.glob("[0-9]*.md"))
    assert re.findall(r"\]\((\d[^)]*)\)", index) == pages
    for page in pages:
        text = (folder / page).read_text(encoding="utf-8")
        assert text.startswith(f"# {page[:4]}. ")
        for part in ("Context", "Decision", "Consequences", "Rejected"):
            assert f"**{part}.**" in text, (page, part)
