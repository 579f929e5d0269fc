"""The parts of a running Colophon: what each runs, how it is stopped, and where it answers."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devstack import anvil, block_clock, postgres, redis_server
from devstack.ports import HOST, free_port
from devstack.state_folder import StackError

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
DATABASE = "colophon"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process.

    `stop` is the signal that ends it in good order, `orphaned` the one it gets when the process manager was killed;
    `order` its place in starting, and backwards in stopping.
    """

    name: str
    command: Sequence[str]
    order: int
    address: str = ""
    stop: str = "TERM"
    orphaned: str = "TERM"
    user: str = ""
    settle_seconds: int = 1
    """a part that ends sooner than this counts as failed to start, and is tried again with growing pauses"""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where everything is. A port of None: that part was given from outside and is not started here."""

    home: Path
    site_port: int
    site_host: str
    site_url: str
    database_port: int | None
    redis_port: int | None
    chain_port: int | None
    database_url: str
    redis_url: str
    chains: str

    @property
    def web(self) -> str:
        """Where the web process itself answers, whatever a proxy calls it."""
        return f"http://{HOST if self.site_host == '0.0.0.0' else self.site_host}:{self.site_port}"  # noqa: S104 - compared, not bound

    @property
    def chain_url(self) -> str:
        """The first chain's first RPC address."""
        return str(json.loads(self.chains)[0]["rpc_urls"][0])

    @property
    def chain_state(self) -> Path:
        """The file that the embedded chain's state is kept in."""
        return self.home / "chain" / "state.json"


def choose_addresses(home: Path) -> Addresses:
    """The addresses of this start: given ones from the environment, free loopback ports for the rest."""
    port = _site_port()
    database_url, redis_url, chains = (os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL", "CHAINS"))
    database_port, redis_port, chain_port = (
        None if given else free_port() for given in (database_url, redis_url, chains)
    )
    return Addresses(
        home=home,
        site_port=port,
        site_host=os.environ.get("COLOPHON_HOST") or HOST,
        site_url=os.environ.get("SITE_URL") or f"http://localhost:{port}",
        database_port=database_port,
        redis_port=redis_port,
        chain_port=chain_port,
        database_url=database_url or postgres.url(port=database_port or 0, database=DATABASE),
        redis_url=redis_url or redis_server.url(port=redis_port or 0),
        chains=_checked_chains(chains) if chains else _embedded_chains(chain_port or 0),
    )


def _site_port() -> int:
    text = os.environ.get("COLOPHON_PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StackError(f"COLOPHON_PORT is {text!r}; a port is a number from 1 to 65535. Nothing was started.")
    return int(text)


def _checked_chains(text: str) -> str:
    try:
        json.loads(text)[0]["rpc_urls"][0]
    except (ValueError, LookupError, TypeError) as error:
        raise StackError(
            f"CHAINS is not a JSON list of chains with rpc_urls ({error}); the README shows one. Nothing was started."
        ) from error
    return text


def _embedded_chains(port: int) -> str:
    address = anvil.url(port=port)
    chain = {
        "chain_id": anvil.CHAIN_ID,
        "name": "Local chain",
        "rpc_urls": [address],
        "public_rpc_url": address,
        "confirmations": block_clock.CONFIRMATIONS,
    }
    return json.dumps([chain])


def shared_variables(addresses: Addresses) -> dict[str, str]:
    """Where the parts of this start are, for every process that is to work with them."""
    return {
        "SITE_URL": addresses.site_url,
        "DATABASE_URL": addresses.database_url,
        "REDIS_URL": addresses.redis_url,
        "CHAINS": addresses.chains,
    }


def environment(addresses: Addresses) -> dict[str, str]:
    """The variables that every process of this stack sees."""
    return {
        **os.environ,
        **shared_variables(addresses),
        "COLOPHON_HOME": str(addresses.home),
        "COLOPHON_PORT": str(addresses.site_port),
        "DJANGO_SETTINGS_MODULE": "colophon.settings",
        "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
        "PYTHONUNBUFFERED": "1",
    }


def services(addresses: Addresses) -> list[Part]:
    """The embedded database, Redis and chain, as far as none was given."""
    found = []
    home = addresses.home
    if addresses.database_port:
        line = postgres.command(home / "postgres", port=addresses.database_port)
        found.append(
            Part(
                name="database", command=line, order=10, stop="INT", orphaned="INT", user=postgres.runs_as() or "",
                address=addresses.database_url,
            )
        )  # fmt: skip
    if addresses.redis_port:
        line = redis_server.command(home / "redis", port=addresses.redis_port)
        found.append(Part(name="redis", command=line, order=10, address=addresses.redis_url))
    if addresses.chain_port:
        # The state file appears after the first start: a restart by the supervisor must look again.
        line = [sys.executable, "-m", "devstack.chain", str(addresses.chain_port), str(addresses.chain_state)]
        found.append(Part(name="chain", command=line, order=10, address=addresses.chain_url))
    return found


def companions(addresses: Addresses) -> list[Part]:
    """What serves the embedded services: the miner of the chain."""
    if addresses.chain_port is None:
        return []
    clock = [sys.executable, "-m", "devstack.block_clock", addresses.chain_url, str(addresses.chain_state)]
    return [Part(name="block_clock", command=clock, order=20)]


def processes(addresses: Addresses) -> list[Part]:
    """The web, the two workers and the clock of background work."""
    return [
        Part(
            # A web that cannot start takes longer to say so on a busy machine than it takes elsewhere.
            name="web", order=40, settle_seconds=10, address=addresses.web, environment={"DATABASE_POOL": "1"},
            command=[
                str(BIN / "uvicorn"), "colophon.asgi:application", "--host", addresses.site_host,
                "--port", str(addresses.site_port), "--timeout-graceful-shutdown", "3", "--no-server-header",
            ],
        ),
        _worker(name="generation_worker", queue="generation"),
        _worker(name="chain_worker", queue="chain"),
        Part(
            name="beat", order=30, settle_seconds=3,
            command=[
                str(BIN / "celery"), "-A", "colophon", "beat", "--loglevel", "INFO", "--pidfile", "",
                "--schedule", str(addresses.home / "beat_schedule"),
            ],
        ),
    ]  # fmt: skip


def _worker(*, name: str, queue: str) -> Part:
    return Part(
        # QUIT lets a running task finish within CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT; TERM would wait for ever. An
        # orphan would too, for Redis is gone with the manager; what it held is in Postgres, under a lease.
        name=name, order=30, stop="QUIT", orphaned="KILL", settle_seconds=3,
        command=[
            str(BIN / "celery"), "-A", "colophon", "worker", "-Q", queue, "-P", "prefork", "-c", "1",
            "-n", f"{queue}@%h", "--loglevel", "INFO", "--without-gossip", "--without-mingle",
        ],
    )  # fmt: skip
