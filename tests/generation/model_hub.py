"""A model hub as Hugging Face's clients ask it: one repository, its files from a folder, one commit.

`python -m tests.generation.model_hub FOLDER NAME COMMIT` prints its address and serves until it is ended.
"""

import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit


class Hub(BaseHTTPRequestHandler):
    """Answers `/api/models/…` and `/…/resolve/…`, and knows no other revision than `main` and the commit."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, folder: Path, name: str, commit: str) -> None:
        self.folder, self.name, self.commit = folder, name, commit
        super().__init__(*args)  # type: ignore[arg-type] # what socketserver passes

    def do_GET(self) -> None:
        """A file, or what there is."""
        path = unquote(urlsplit(self.path).path)
        if (asked := path.removeprefix(f"/api/models/{self.name}")) != path:
            self._tell(asked)
        elif (asked := path.removeprefix(f"/{self.name}/resolve/")) != path:
            self._serve(*asked.split("/", 1))
        else:
            self._refuse("RepoNotFound")

    def do_HEAD(self) -> None:
        """The same without what it holds."""
        self.do_GET()

    def _tell(self, asked: str) -> None:
        what, revision = asked.strip("/").split("/") if asked else ("revision", "main")
        if revision not in {"main", self.commit}:
            return self._refuse("RevisionNotFound")
        files = {path.relative_to(self.folder).as_posix(): path for path in self.folder.rglob("*") if path.is_file()}
        if what == "tree":
            return self._answer(dumps([_entry(name, path) for name, path in sorted(files.items())]).encode())
        siblings = [{"rfilename": name} for name in sorted(files)]
        return self._answer(dumps({"id": self.name, "sha": self.commit, "siblings": siblings}).encode())

    def _serve(self, revision: str, file: str) -> None:
        if revision not in {"main", self.commit} or not (self.folder / file).is_file():
            return self._refuse("EntryNotFound")
        data = (self.folder / file).read_bytes()
        etag = hashlib.sha256(data).hexdigest()
        return self._answer(data, {"ETag": f'"{etag}"', "X-Repo-Commit": self.commit})

    def _answer(
        self, data: bytes, headers: Mapping[str, str] | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def _refuse(self, code: str) -> None:
        self._answer(b"{}", {"X-Error-Code": code}, HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
        """Say nothing."""


def _entry(name: str, path: Path) -> dict[str, str | int]:
    return {"type": "file", "path": name, "size": path.stat().st_size, "oid": "0" * 40}


@contextmanager
def hub_of(folder: Path, *, name: str, commit: str) -> Iterator[str]:
    """The address of a running hub."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, folder=folder, name=name, commit=commit))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    with hub_of(Path(sys.argv[1]), name=sys.argv[2], commit=sys.argv[3]) as address:
        print(address, flush=True)
        sys.stdin.read()
