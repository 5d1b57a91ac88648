"""`sfdfac data get NAME`: a published data set into the user's cache, checked, all or nothing.

The files arrive in a hidden folder beside their place and move there together once every one has
the published checksum, so a data set in the cache is always whole.
"""

from __future__ import annotations

import contextlib
import difflib
import gzip
import hashlib
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sfdfa_compiler.data.catalogue import CATALOGUE, Remote
from sfdfa_compiler.data.load import cache
from sfdfa_compiler.data.rules import (
    CANNOT_WRITE,
    DOWNLOAD_FAILED,
    NOT_PUBLISHED,
    WRONG_CHECKSUM,
)
from sfdfa_compiler.diagnostics import Source, Span, place

if TYPE_CHECKING:
    import requests

Progress = Callable[[str, int, int], None]  # file, bytes so far, bytes in all (0: not known)

TIMEOUT = 30  # without a byte from the server [s]
PIECE = 1 << 16  # bytes


def get(
    name: str, progress: Progress | None = None, *, environ: Mapping[str, str] = os.environ
) -> Path:
    """Download a data set, unless it is already there and whole.

    Args:
        name: One of `CATALOGUE`.
        progress: Called now and then with a file's name, the bytes so far and in all.
        environ: If it has `SFDFAC_MIRROR`, files come from `$SFDFAC_MIRROR/NAME/FILE`.

    Returns:
        The folder where it lies.

    Raises:
        UserError: SNN516 for an unknown name, SNN517 without the network or the file, SNN518 for
            a wrong checksum, SNN519 if it cannot be stored. Nothing half-written is left.
    """
    remotes = CATALOGUE.get(name)
    if remotes is None:
        close = difflib.get_close_matches(name, CATALOGUE, n=1)
        raise NOT_PUBLISHED.error(
            Span(Source("data get", name), 0, len(name)),
            name=name,
            names=", ".join(CATALOGUE),
            notes=[f"did you mean `{close[0]}`?"] if close else [],
        )
    folder = cache() / name
    mirror = environ.get("SFDFAC_MIRROR")
    try:
        if all(_is_there(remote, folder) for remote in remotes):
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder.parent) as temporary:
            new = Path(temporary) / "new"
            new.mkdir()
            for remote in remotes:
                url = f"{mirror.rstrip('/')}/{name}/{remote.name}" if mirror else remote.url
                _fetch(remote, url, new, progress)
            if folder.exists():
                folder.rename(Path(temporary) / "old")
            new.rename(folder)
    except OSError as error:
        raise CANNOT_WRITE.error(place(folder), why=error.strerror or error) from error
    return folder


def _fetch(remote: Remote, url: str, folder: Path, progress: Progress | None) -> None:
    """Bring one file into `folder` and take it apart if it is an archive."""
    import pooch
    import requests

    target = folder / remote.name
    with contextlib.ExitStack() as stack:

        def close_at_the_end(response: requests.Response, **_: object) -> None:
            stack.callback(response.close)  # pooch leaves it open where something goes wrong

        download = pooch.HTTPDownloader(
            progressbar=_Bar(remote.name, progress) if progress else False,
            chunk_size=PIECE,
            timeout=TIMEOUT,
            hooks={"response": close_at_the_end},
        )
        try:
            download(url, str(target), None)
        except requests.RequestException as error:
            raise DOWNLOAD_FAILED.error(place(url), file=remote.name, why=_reason(error)) from error
    if not _is_published(remote, target):
        raise WRONG_CHECKSUM.error(place(url), file=remote.name)
    if remote.members:
        with zipfile.ZipFile(target) as archive:
            for member, name in zip(remote.members, remote.places, strict=True):
                with archive.open(member) as source, (folder / name).open("wb") as copy:
                    shutil.copyfileobj(source, copy)
        target.unlink()


def _is_there(remote: Remote, folder: Path) -> bool:
    """Whether the files are in place; members of an archive have no checksum of their own."""
    files = [folder / name for name in remote.places]
    if not all(file.is_file() for file in files):
        return False
    return bool(remote.members) or _is_published(remote, files[0])


def _is_published(remote: Remote, path: Path) -> bool:
    """Whether the file, or what is in its compression, has a published digest."""
    for digest in remote.digests:
        algorithm, _, published = digest.partition(":")
        if published in _digests(path, algorithm):
            return True
    return False


def _digests(path: Path, algorithm: str) -> Iterator[str]:
    with path.open("rb") as file:
        yield hashlib.file_digest(file, algorithm).hexdigest()
    with contextlib.suppress(gzip.BadGzipFile, EOFError, zlib.error), gzip.open(path) as content:
        yield hashlib.file_digest(content, algorithm).hexdigest()


def _reason(error: requests.RequestException) -> str:
    """What went wrong, without the names of a library's classes."""
    import requests

    match error:
        case requests.HTTPError(response=response) if response is not None:
            return f"the server answers {response.status_code} {response.reason}"
        case requests.Timeout():
            return f"the server is silent for {TIMEOUT} s"
        case ValueError():  # what requests raises for an address that is none
            return "this is not the address of a web server"
        case requests.exceptions.SSLError():
            return "the server's certificate is not trusted"
        case requests.ConnectionError():
            return "there is no connection to the server"
        case _:
            return "the connection broke before the file was complete"


class _Bar:
    """What pooch takes for a progress bar, in front of a function of ours."""

    def __init__(self, file: str, progress: Progress) -> None:
        self.total = 0  # pooch sets it
        self._file, self._progress, self._done = file, progress, 0

    def update(self, amount: int) -> None:
        self._done += amount
        self._progress(self._file, min(self._done, self.total or self._done), self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass
