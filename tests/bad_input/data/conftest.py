"""Small data sets to spoil, in a folder of the test's own."""

import gzip
import struct
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import h5py
import numpy as np
import pytest


def idx(array):
    """An array of bytes as the content of an IDX file."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The working folder; nothing outside it is looked up."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("SFDFAC_DATA", "SFDFAC_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def digits(folder):
    """A folder of four good IDX files: 6 training and 4 test images of 2 x 3 pixels."""
    place = folder / "digits"
    place.mkdir()
    for part, samples in (("train", 6), ("t10k", 4)):
        pixels = np.arange(samples * 6, dtype=np.uint8).reshape(samples, 2, 3)
        labels = np.arange(samples, dtype=np.uint8) % 3
        (place / f"{part}-images-idx3-ubyte").write_bytes(idx(pixels))
        (place / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    return place


@pytest.fixture
def speech():
    """Writes an HDF5 file from rows of times and units; `leave_out` names keys to omit."""

    def write(path, times, units, labels=(0, 1), *, leave_out=(), keys=None):
        content = {"spikes/times": (times, np.float16), "spikes/units": (units, np.uint16)}
        with h5py.File(path, "w") as file:
            for key, (rows, kind) in content.items():
                if key in leave_out:
                    continue
                data = file.create_dataset(key, (len(rows),), h5py.vlen_dtype(kind))
                for sample, row in enumerate(rows):
                    data[sample] = np.array(row, kind)
            if "labels" not in leave_out:
                file["labels"] = np.array(labels, np.int16)
            if keys is not None:
                file["extra/keys"] = np.array(keys, "S5")
        return path

    return write


class _Handler(BaseHTTPRequestHandler):
    """Answers with what is in `files`; 404 else. `announced` may lie about the length."""

    def __init__(self, files, announced, *args):
        self.files, self.announced = files, announced
        super().__init__(*args)

    def do_GET(self):
        content = self.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(self.announced.get(self.path, len(content))))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    """A web server on loopback, set as the mirror: an object with `files`, `announced`, `url`."""

    class Server:
        files: dict[str, bytes] = {}  # noqa: RUF012
        announced: dict[str, int] = {}  # noqa: RUF012

    Server.files, Server.announced = {}, {}
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, Server.files, Server.announced))
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    Server.url = f"http://127.0.0.1:{http.server_port}"
    monkeypatch.setenv("SFDFAC_MIRROR", Server.url)
    yield Server
    http.shutdown()
    thread.join()
    http.server_close()
