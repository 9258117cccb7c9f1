"""Tables at addresses: https, S3 and Google Cloud Storage, tested with local servers."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pandas as pd
import pytest

from custpred.errors import DataError, MissingDependency, RunError
from custpred.source._reading import remote
from custpred.source._reading.remote import fetched_files
from custpred.source.base import Source

Served = Callable[[type[BaseHTTPRequestHandler]], str]
TABLE = "id,age\n1,31\n2,42\n"


@pytest.fixture
def served() -> Iterator[Served]:
    """Return a function that starts a server on loopback and returns its address."""
    begun = []

    def start(handler: type[BaseHTTPRequestHandler]) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        begun.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in begun:
        server.shutdown()
        server.server_close()


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, bytes], None]]:
    """Return a function that puts a file into fsspec's store in memory, under memory://."""
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed (extra: remote)")
    store = fsspec.filesystem("memory")
    monkeypatch.setitem(remote.LIBRARIES, "memory", "json")
    yield store.pipe_file
    store.rm("/", recursive=True)


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, and a list of what was asked for."""

    asked: list[str] = []

    def log_message(self, format: str, *args: object) -> None:
        self.asked.append(f"{self.command} {self.path}")


def files_of(folder: Path) -> type[BaseHTTPRequestHandler]:
    """Return a handler that serves a folder."""
    Quiet.asked = []
    return partial(Quiet, directory=str(folder))  # type: ignore[return-value]


def test_patterns_and_folders_of_a_store(memory: Callable[[str, bytes], None]) -> None:
    """A pattern or folder gives files with known extensions; folders year=2026 stay."""
    for name in ("/b/year=2026/a.parquet", "/b/year=2025/a.parquet", "/b/notes.txt"):
        memory(name, name.encode())
    found = fetched_files("memory://b/*.txt")
    assert [(each.name, each.read_text()) for each in found] == [("notes.txt", "/b/notes.txt")]
    below = fetched_files("memory://b/", ("*.parquet",))
    assert [each.parent.name for each in below] == ["year=2025", "year=2026"]
    assert below[0].parents[2].stat().st_mode & 0o077 == 0


class Store:
    """A service that counts what is fetched; ``info`` is what it says of every file."""

    def __init__(self, **info: object) -> None:
        self.said, self.fetched = info, 0

    def info(self, path: str) -> dict[str, object]:
        return self.said

    def get_file(self, path: str, to: str) -> None:
        self.fetched += 1
        Path(to).write_text(f"version {self.fetched}")


def test_a_file_is_downloaded_once_until_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same version is not downloaded again; a new or unknown version is."""
    store = Store(ETag="a", size=9)
    monkeypatch.setattr(remote, "_file_system", lambda path: store)
    read = [fetched_files("https://host/once.csv")[0].read_text() for _ in range(2)]
    store.said = {"ETag": "b", "size": 9}
    read.append(fetched_files("https://host/once.csv")[0].read_text())
    store.said = {"size": 9}
    read += [fetched_files("https://host/once.csv")[0].read_text() for _ in range(2)]
    assert read == ["version 1", "version 1", "version 2", "version 3", "version 4"]


def test_a_full_temporary_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is not reported as a fault of the service."""

    def fill(path: str, to: str) -> None:
        Path(to).write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    store = Store(ETag="a")
    store.get_file = fill  # type: ignore[method-assign]
    monkeypatch.setattr(remote, "_file_system", lambda path: store)
    with pytest.raises(RunError, match="CP4106 .*No space left"):
        fetched_files("https://host/full.csv")
    assert list(remote._fetched().folder.path.rglob("full.csv*")) == []


def test_a_redirection_off_https_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unencrypted redirection is not followed."""
    store = Store(url="http://elsewhere/c.csv", ETag="a")
    monkeypatch.setattr(remote, "_file_system", lambda path: store)
    with pytest.raises(DataError, match=r"CP2135 .*over http"):
        fetched_files("https://host/c.csv")
    assert store.fetched == 0


@pytest.mark.parametrize("path", ["memory://b/none.csv", "memory://b/*.csv", "memory://b/"])
def test_missing_files_are_named(memory: Callable[[str, bytes], None], path: str) -> None:
    """A missing file, a pattern without a match and an empty folder give the same message."""
    with pytest.raises(DataError, match=r"CP2136 .*memory://b/.* there is no such file"):
        fetched_files(path, ("*.csv",))


@pytest.mark.parametrize(
    "path", ["http://host/c.csv", "ftp://host/c.csv", "hf://x/c.parquet", "az://b/c.csv", "http://me:pw@h/c.db"]
)
def test_other_addresses_are_refused_with_a_remedy(path: str) -> None:
    """Unencrypted and unsupported stores are refused; the message shows no password."""
    with pytest.raises(DataError, match="CP2135") as caught:
        Source.parse({"path": path}).raw()
    assert "pw@" not in str(caught.value)


@pytest.mark.parametrize(
    "path", ["https://me:pw123@host/c.csv", "s3://b/c.csv?token=pw123", "https://h/c.csv?X-Amz-Signature=pw123"]
)
def test_secrets_stay_in_the_environment(path: str) -> None:
    """An address with a secret is refused before any request, and the secret is not shown."""
    with pytest.raises(DataError, match=r"CP2137 .*\$\{ENV:NAME\}") as caught:
        Source.parse({"path": path}).raw()
    assert "pw123" not in str(caught.value)


def test_without_the_extra_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the package, its purpose and the install command."""
    monkeypatch.setitem(remote.LIBRARIES, "s3", "no_such_package")
    with pytest.raises(MissingDependency, match=r"CP1107 .* paths by s3.*pip install 'custpred\[remote\]'"):
        Source.parse({"path": "s3://bucket/c.parquet"}).raw()


@pytest.mark.slow
def test_every_kind_of_file_is_read_by_http(tmp_path: Path, served: Served) -> None:
    """CSV, compressed CSV, Parquet, JSON lines, a workbook and a database equal the local files."""
    pytest.importorskip("aiohttp", reason="aiohttp is not installed (extra: remote)")
    frame = pd.DataFrame({"id": [f"c{i}" for i in range(40)], "age": range(40)})
    frame.to_csv(tmp_path / "c.csv", index=False)
    frame.to_csv(tmp_path / "c.csv.gz", index=False)
    frame.to_parquet(tmp_path / "c.parquet")
    frame.to_json(tmp_path / "c.jsonl", orient="records", lines=True)
    frame.to_excel(tmp_path / "c.xlsx", index=False)
    import duckdb

    with duckdb.connect(str(tmp_path / "c.duckdb")) as database:
        database.execute("CREATE TABLE people AS SELECT * FROM frame")
    home = served(files_of(tmp_path))
    for name in ("c.csv", "c.csv.gz", "c.parquet", "c.jsonl", "c.xlsx", "c.duckdb::people"):
        away, here = (Source.parse({"path": f"{place}/{name}"}).read() for place in (home, tmp_path))
        assert away.names == here.names == ["id", "age"], name
        pd.testing.assert_frame_equal(away.frame, here.frame)
    Quiet.asked.clear()
    source = Source.parse({"path": f"{home}/c.csv"})
    assert source.header() == ["id", "age"]
    assert source.cost().memory > 0
    assert [each for each in Quiet.asked if each.startswith("GET")] == []  # fetched above, and not changed since


@pytest.mark.slow
def test_secrets_of_an_address_reach_the_server_alone(
    tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's value is sent; an error has the status without it."""
    pytest.importorskip("aiohttp", reason="aiohttp is not installed (extra: remote)")
    (tmp_path / "c.csv").write_text(TABLE)
    home = served(files_of(tmp_path))
    monkeypatch.setenv("SIGNED", "a%2Fb=secret1")
    assert len(Source.parse({"path": f"{home}/c.csv?sig=${{ENV:SIGNED}}"}).read().frame) == 2
    assert any("sig=a%2Fb=secret1" in each for each in Quiet.asked)
    with pytest.raises(DataError, match=r"CP2136 Cannot read .*/d\.csv: there is no such file") as caught:
        Source.parse({"path": f"{home}/d.csv?sig=${{ENV:SIGNED}}"}).read()
    assert "secret1" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.slow
def test_no_connection_is_one_message() -> None:
    """A server that does not exist is one error."""
    pytest.importorskip("aiohttp", reason="aiohttp is not installed (extra: remote)")
    with pytest.raises(DataError, match=r"CP2136 .*cannot be reached"):
        Source.parse({"path": "http://127.0.0.1:9/c.csv"}).read()


class Bucket(BaseHTTPRequestHandler):
    """The responses of S3 used here: a list of keys, a head, an object or a part."""

    objects: dict[str, bytes] = {}

    def do_HEAD(self) -> None:
        self._object(with_body=False)

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if "list-type=2" in asked.query:
            self._list(parse_qs(asked.query))
        else:
            self._object(with_body=True)

    def _list(self, query: dict[str, list[str]]) -> None:
        prefix = query.get("prefix", [""])[0]
        stamp = "2026-01-01T00:00:00.000Z"
        keys = "".join(
            f'<Contents><Key>{key}</Key><LastModified>{stamp}</LastModified><ETag>"{len(data)}"</ETag>'
            f"<Size>{len(data)}</Size></Contents>"
            for key, data in self.objects.items()
            if key.startswith(prefix)
        )
        body = f"<ListBucketResult><Name>shop</Name><IsTruncated>false</IsTruncated>{keys}</ListBucketResult>"
        self._send(200, body.encode(), {"Content-Type": "application/xml"})

    def _object(self, *, with_body: bool) -> None:
        data = self.objects.get(unquote(urlsplit(self.path).path).removeprefix("/shop/"))
        if data is None:
            self._send(404, b"")
            return
        head = {"ETag": f'"{len(data)}"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        self._send(200, data if with_body else b"", {**head, "Content-Length": str(len(data))})

    def _send(self, status: int, body: bytes, head: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(head or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.mark.slow
def test_a_bucket_of_s3_is_read(tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file, a pattern and a Parquet folder with a column from its folders."""
    pytest.importorskip("s3fs", reason="s3fs is not installed (extra: remote)")
    monkeypatch.setattr(Bucket, "objects", {"c.csv": TABLE.encode()})
    for year in (2025, 2026):
        pd.DataFrame({"id": [f"c{year}"], "age": [year - 2000]}).to_parquet(tmp_path / "p.parquet")
        Bucket.objects[f"people/year={year}/p.parquet"] = (tmp_path / "p.parquet").read_bytes()
    for name, value in {"ENDPOINT_URL": served(Bucket), "ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert Source.parse({"path": "s3://shop/c.csv"}).read().frame["age"].tolist() == [31, 42]
    people = Source.parse({"path": "s3://shop/people/"}).raw().frame
    assert sorted(people["year"]) == [2025, 2026]
    with pytest.raises(DataError, match="CP2136 .*there is no such file"):
        Source.parse({"path": "s3://shop/none.csv"}).read()
