"""A PostgreSQL server on this machine for as long as a measurement or a test takes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "me"


def programs() -> Path | None:
    """Return the folder of the server's programs, or None if they are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found and (os.geteuid() or shutil.which("runuser")) else None


@contextmanager
def started(password: str) -> Iterator[int]:
    """Start a server with an empty database; yield its port on 127.0.0.1.

    The server refuses to run as root, so root starts it as the user ``postgres``.
    """
    folder = programs()
    if folder is None:
        raise SystemExit("PostgreSQL's server is not installed (Debian: postgresql)")
    home, port = Path(tempfile.mkdtemp(prefix="custpred-postgres-")), free_port()
    (home / "password").write_text(password)
    who = [] if os.geteuid() else ["runuser", "-u", "postgres", "--"]
    if who:
        for path in (home, home / "password"):
            shutil.chown(path, "postgres")
    begin = [str(folder / "initdb"), "-D", str(home / "data"), "-U", USER, "-A", "scram-sha-256"]
    subprocess.run([*who, *begin, f"--pwfile={home}/password", "-N"], check=True, capture_output=True, cwd="/")
    options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k", str(home), "-p", str(port)]
    line = [*who, str(folder / "postgres"), "-D", str(home / "data"), *options]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        wait_for(port, password)
        yield port
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(port: int, password: str, seconds: float = 60.0) -> None:
    """Wait until the server accepts a login: its port is open while it is still starting up.

    Raises
    ------
    TimeoutError
        If it does not within the seconds.
    """
    import psycopg

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user=USER, password=password, dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")
