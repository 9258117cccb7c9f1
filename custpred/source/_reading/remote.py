"""Files on https, S3 and Google Cloud Storage: downloaded once into a private folder."""

from __future__ import annotations

import atexit
import errno
import hashlib
import threading
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, unquote, urlsplit

from custpred.errors import CustpredError, DataError, MissingDependency
from custpred.lazy import need
from custpred.source._reading.addresses import expanded, redacted
from custpred.storage.scratch import Scratch, full
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

LIBRARIES = {"https": "aiohttp", "http": "aiohttp", "s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"}
"""Supported schemes, and the library that fsspec needs for each."""
_VERSION = ("ETag", "Content-MD5", "Digest", "Last-Modified", "LastModified", "mtime", "updated", "generation", "size")
"""Keys of file information that identify a version of a file, in the services' terms."""
_HERE = {"localhost", "127.0.0.1", "::1"}
_ENCODED = "%/:=&?#+~!$,;'@()*[]"
"""Characters that are not encoded: parts such as a signature are encoded already."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
_CONNECT, _SILENT = 10, 60
"""Timeouts in seconds for a connection, and for the next bytes."""
_ABSENT, _DENIED = "there is no such file", "reading it is not permitted: check the credentials"
_WHY: dict[object, str] = {
    404: _ABSENT,
    401: _DENIED,
    403: _DENIED,
    "FileNotFoundError": _ABSENT,
    "PermissionError": _DENIED,
    "NoCredentialsError": "there are no credentials for it",
}


class _Files(Protocol):
    """The part of fsspec's file systems that is used here."""

    def info(self, path: str) -> Mapping[str, object]: ...
    def glob(self, path: str) -> list[str]: ...
    def find(self, path: str) -> list[str]: ...
    def get_file(self, path: str, to: str) -> None: ...


class _Fetched:
    """Downloaded files of this process, in a scratch folder that is deleted with the process."""

    def __init__(self) -> None:
        self.folder, self.lock = Scratch(), threading.Lock()
        self._versions: dict[Path, object] = {}
        atexit.register(self.folder.remove)

    def file(self, files: _Files, path: str, name: PurePosixPath) -> Path:
        """Return a local copy of a file, downloaded unless this version is already there."""
        info = files.info(path)
        final = urlsplit(str(info.get("url", "")))
        if final.scheme == "http" and final.hostname not in _HERE:
            raise DataError(
                "Expected a file over https, but the server redirects to http, which is not secure.",
                code="CP2135",
                remedy="Use an https address of the file, or copy the file here.",
            )
        version = {key: str(info[key]) for key in _VERSION if info.get(key) is not None}
        copy = self.folder.path / hashlib.sha256(path.encode()).hexdigest()[:16] / name
        with self.lock:
            if version.keys() <= {"size"} or self._versions.get(copy) != version:
                _copied(files, path, copy)
                self._versions[copy] = version
        return copy


def _copied(files: _Files, path: str, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    part = copy.with_name(f"{copy.name}.part")
    try:
        files.get_file(path, str(part))
        part.replace(copy)
    finally:
        part.unlink(missing_ok=True)


@cache
def _fetched() -> _Fetched:
    return _Fetched()


def fetched_files(path: str, endings: tuple[str, ...] = ()) -> list[Path]:
    """Return local copies of a remote file, of files of a pattern, or of those below a folder.

    Parameters
    ----------
    path
        An address such as ``https://host/customers.csv`` or ``s3://bucket/orders/*.parquet``;
        secrets as ``${ENV:NAME}``.
    endings
        Patterns of files below a folder, such as ``*.parquet``; () if folders are not allowed.

    Raises
    ------
    DataError
        CP2135 for unsupported addresses, CP2136 if the service refuses or cannot be reached, CP2137
        for a secret in the address; messages contain no secrets.
    RunError
        CP4106 if the temporary folder is full.
    MissingDependency
        If the extra ``remote`` is not installed.
    """
    files = _file_system(path)
    address = expanded(path, verbatim=True)
    try:
        names = _names(files, address, endings)
        return [_fetched().file(files, name, _relative(name)) for name in names]
    except CustpredError:
        raise
    except Exception as cause:  # of any kind, with secrets
        if isinstance(cause, OSError) and cause.errno in _FULL:
            raise full(cause) from cause
        raise DataError(
            f"Cannot read {shown(path)}: {_why(cause)}.",
            code="CP2136",
            place=shown(path),
            remedy="Correct the address or the credentials, or copy the file here.",
        ) from None


def shown(path: str) -> str:
    """Return an address without secrets and without anything after the path.

    >>> shown("https://me:pw@host/c.csv?sig=abc")
    'https://me:***@host/c.csv'
    """
    return plain(redacted(path).partition("?")[0], 120)


def _why(cause: BaseException) -> str:
    """Explain a service's error; fsspec reports https errors as missing files, with a cause."""
    inner = cause.__cause__ if isinstance(cause, FileNotFoundError) and cause.__cause__ else cause
    kind, status = type(inner).__name__, getattr(inner, "status", None)
    usual = f"the service cannot be reached or refuses ({f'{kind}, {status}' if status else kind})"
    return _WHY.get(status, _WHY.get(kind, usual))


def _file_system(path: str) -> _Files:
    scheme = path.partition("://")[0].lower()
    if scheme not in LIBRARIES or (scheme == "http" and urlsplit(path).hostname not in _HERE):
        raise DataError(
            f"Expected a file here or an address of https, s3 or gs, got {shown(path)!r}.",
            code="CP2135",
            remedy="Copy the file here first, mount its folder, or read it into a frame for Python's fit.",
        )
    if redacted(path) != path:
        raise DataError(
            f"Expected an address without secrets, got {shown(path)!r} with some in it: a recipe and its runs keep it.",
            code="CP2137",
            remedy="Put each secret into an environment variable, and write ${ENV:NAME} in its place.",
        )
    fsspec = need("fsspec", purpose=f"paths by {scheme}", extra="remote")
    library = need(LIBRARIES[scheme], purpose=f"paths by {scheme}", extra="remote")
    options: dict[str, object] = {"skip_instance_cache": True, "use_listings_cache": False}
    if library.__name__ == "aiohttp":
        limit = library.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=_SILENT)
        options |= {"client_kwargs": {"timeout": limit, "trust_env": True}, "encoded": True}
    try:
        made: _Files = fsspec.filesystem(scheme, **options)
    except ImportError as cause:
        raise MissingDependency.of(LIBRARIES[scheme], f"paths by {scheme}", "remote") from cause
    return made


def _names(files: _Files, address: str, endings: tuple[str, ...]) -> list[str]:
    """Return the addresses of all matching files; in https, '?' begins a query, no pattern."""
    if address.startswith(("http:", "https:")):
        return [quote(address, safe=_ENCODED)]
    if any(char in address for char in "*?["):
        found = files.glob(address)
    elif endings and (address.endswith("/") or not PurePosixPath(address).suffix):
        found = [each for each in files.find(address) if any(PurePosixPath(each).match(end) for end in endings)]
    else:
        return [address]
    if not found:
        raise FileNotFoundError
    return sorted(found)


def _relative(name: str) -> PurePosixPath:
    """Return the copy's relative path: its name and folders such as ``year=2026``."""
    parts = [unquote(part) for part in urlsplit(name.partition("?")[0]).path.split("/")]
    kept = [part for part in parts[:-1] if "=" in part and "/" not in part]
    return PurePosixPath(*kept, parts[-1].replace("/", "_").lstrip(".") or "file")
