"""`get` against a server on loopback: whole data sets, as published or as a mirror packs them."""

import gzip
import hashlib
import io
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from sfdfa_compiler.data import CATALOGUE, cache, catalogue, get, load


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Serves a folder as the mirror; the cache is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    servers = []

    def start(folder):
        handler = partial(Quiet, directory=str(folder))
        http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=http.serve_forever, args=(0.02,))
        thread.start()
        servers.append((http, thread))
        monkeypatch.setenv("SFDFAC_MIRROR", f"http://127.0.0.1:{http.server_port}/")
        return http

    yield start
    for http, thread in servers:
        http.shutdown()
        thread.join()
        http.server_close()


def publish(monkeypatch, folder, name, files, **options):
    """Put files on a server's disk and their MD5 into the catalogue."""
    (folder / name).mkdir(parents=True)
    remotes = []
    for file, content in files.items():
        (folder / name / file).write_bytes(content)
        digest = f"md5:{hashlib.md5(content).hexdigest()}"
        remotes.append(catalogue.Remote(f"https://example.invalid/{file}", (digest,), **options))
    monkeypatch.setitem(CATALOGUE, name, tuple(remotes))


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_the_real_checksums_fit_the_real_files(name, real_data, serve):
    serve(real_data(name).parent)
    folder = get(name)
    assert folder == cache() / name
    assert sorted(path.name for path in folder.iterdir()) == [
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
    ]
    fetched, real = load(name, environ={}), load(name)
    assert np.array_equal(fetched.train.pixels, real.train.pixels)
    assert [path.name for path in cache().iterdir()] == [name]


def test_a_second_time_nothing_is_fetched(tmp_path, monkeypatch, serve):
    publish(monkeypatch, tmp_path / "web", "small", {"a": b"a" * 1000, "b": b"b"})
    serve(tmp_path / "web")
    first = get("small")
    monkeypatch.setenv("SFDFAC_MIRROR", "http://127.0.0.1:1")  # nobody listens there
    assert get("small") == first
    assert (first / "a").read_bytes() == b"a" * 1000


def test_a_copy_that_was_compressed_anew_is_as_good(tmp_path, monkeypatch, serve):
    publish(monkeypatch, tmp_path / "web", "small", {"a.gz": b"a" * 1000})
    (tmp_path / "web/small/a.gz").write_bytes(gzip.compress(b"a" * 1000))
    serve(tmp_path / "web")
    assert gzip.decompress((get("small") / "a.gz").read_bytes()) == b"a" * 1000


def test_an_archive_is_taken_apart(tmp_path, monkeypatch, serve):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("gzip/train.gz", "gzip/test.gz", "gzip/other.gz"):
            archive.writestr(name, name)
    members = ("gzip/train.gz", "gzip/test.gz")
    publish(monkeypatch, tmp_path / "web", "small", {"x.zip": stream.getvalue()}, members=members)
    serve(tmp_path / "web")
    folder = get("small")
    assert sorted(path.name for path in folder.iterdir()) == ["test.gz", "train.gz"]
    assert (folder / "test.gz").read_text() == "gzip/test.gz"
    assert get("small") == folder


def test_progress_is_told(tmp_path, monkeypatch, serve):
    publish(monkeypatch, tmp_path / "web", "small", {"a": b"a" * 150_000, "b": b"b"})
    serve(tmp_path / "web")
    told = []
    get("small", lambda *news: told.append(news))
    assert told[-1] == ("b", 1, 1)
    of_first = [done for file, done, total in told if (file, total) == ("a", 150_000)]
    assert of_first == sorted(of_first)
    assert of_first[-1] == 150_000
    assert len(of_first) >= 3


def test_the_catalogue_is_well_formed():
    lengths = {"sha256": 64, "md5": 32}
    for name, remotes in CATALOGUE.items():
        for remote in remotes:
            assert remote.url.startswith(("https://", "http://")), name
            for digest in remote.digests:
                algorithm, _, hexadecimal = digest.partition(":")
                assert len(bytes.fromhex(hexadecimal)) * 2 == lengths[algorithm]
