"""Downloads that go wrong: a code, the address, and nothing half-written."""

import gzip
import hashlib
import subprocess
import sys

import pytest

from sfdfa_compiler.data import CATALOGUE, catalogue, get
from sfdfa_compiler.diagnostics import UserError

FILES = {"first.gz": gzip.compress(b"a" * 100_000, mtime=0), "second.gz": b"b" * 200_000}


@pytest.fixture(autouse=True)
def small(monkeypatch, server):
    """A data set `small` of two files in the catalogue and on the server."""
    remotes = tuple(
        catalogue.Remote(f"http://127.0.0.1:1/{name}", (f"md5:{hashlib.md5(content).hexdigest()}",))
        for name, content in FILES.items()
    )
    monkeypatch.setitem(CATALOGUE, "small", remotes)
    server.files |= {f"/small/{name}": content for name, content in FILES.items()}


def refused(folder):
    """Code and place of the only diagnostic; the cache is as empty as before."""
    with pytest.raises(UserError) as caught:
        get("small")
    assert left(folder) == []
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, diagnostic.primary.source.name


def left(folder):
    return [str(path) for path in folder.rglob("*") if path.is_file() or "small" in path.name]


def test_a_file_that_the_server_has_not(folder, server):
    del server.files["/small/second.gz"]
    assert refused(folder) == ("SNN517", f"{server.url}/small/second.gz")


def test_a_file_with_other_content(folder, server):
    server.files["/small/second.gz"] = b"b" * 199_999 + b"c"
    assert refused(folder) == ("SNN518", f"{server.url}/small/second.gz")


def test_a_file_with_damaged_compression(folder, server):
    server.files["/small/first.gz"] = FILES["first.gz"][:-1]
    assert refused(folder) == ("SNN518", f"{server.url}/small/first.gz")


def test_a_connection_that_breaks(folder, server):
    server.announced["/small/second.gz"] = 300_000
    assert refused(folder) == ("SNN517", f"{server.url}/small/second.gz")


def test_no_server(folder, monkeypatch):
    monkeypatch.delenv("SFDFAC_MIRROR")
    with pytest.raises(UserError, match="there is no connection to the server"):
        get("small")
    assert refused(folder) == ("SNN517", "http://127.0.0.1:1/first.gz")


@pytest.mark.parametrize("mirror", ["no address", "ftp://127.0.0.1", "file:///etc", "http://"])
def test_an_address_that_is_none(folder, monkeypatch, mirror):
    monkeypatch.setenv("SFDFAC_MIRROR", mirror)
    code, where = refused(folder)
    assert (code, where) == ("SNN517", f"{mirror.rstrip('/')}/small/first.gz")


def test_a_damaged_data_set_stays_until_a_good_one_has_arrived(folder, server):
    get("small")
    spoilt = folder / "cache/sfdfac/data/small/second.gz"
    spoilt.write_bytes(b"spoilt")
    second = server.files.pop("/small/second.gz")
    with pytest.raises(UserError, match="SNN517"):
        get("small")
    assert spoilt.read_bytes() == b"spoilt"
    server.files["/small/second.gz"] = second
    get("small")
    assert spoilt.read_bytes() == FILES["second.gz"]
    assert len(left(folder)) == 3  # the folder and two files: neither old nor temporary ones


PROGRAM = """
import resource, sys
from sfdfa_compiler.data import CATALOGUE, catalogue, get
from sfdfa_compiler.diagnostics import UserError
CATALOGUE["small"] = (catalogue.Remote("http://127.0.0.1:1/second.gz", ("md5:0",)),)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    get("small")
except UserError as error:
    (diagnostic,) = error.diagnostics
    print(diagnostic.code, diagnostic.primary.source.name, diagnostic.message, sep="|")
"""


def test_a_full_disk(folder, server):
    program = PROGRAM.replace("http://127.0.0.1:1", f"{server.url}/small")
    out = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True).stdout
    code, where, message = out.decode().strip().split("|")
    assert (code, where) == ("SNN519", f"{folder}/cache/sfdfac/data/small")
    assert "File too large" in message
    assert left(folder) == []


def test_a_cache_that_cannot_be_made(folder, server):
    (folder / "cache").write_text("a file")
    with pytest.raises(UserError, match="SNN519"):
        get("small")
    assert (folder / "cache").read_text() == "a file"
