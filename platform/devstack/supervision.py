"""The process manager: supervisor (supervisord.org), with a generated configuration in the state folder.

supervisord starts the parts in order, restarts what crashes (with growing pauses while it does not come up), stops
them backwards, and rotates their logs. What it does not do is added here: `run_child` ties every part's life to
supervisord's, and supervisord's to `make up`'s, so that not even a SIGKILL leaves an orphan.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport

from devstack.parts import Part
from devstack.ports import wait_until
from devstack.state_folder import StackError, write_atomically

STOP_SECONDS = 15
"""after this long a part that ignores its stop signal is killed"""


class Supervisor:
    """A running supervisord, spoken to over its private socket."""

    def __init__(self, *, process: "subprocess.Popen[bytes]", socket: Path, logs: Path) -> None:
        self.process = process
        self.logs = logs
        self._socket = socket
        transport = SupervisorTransport(None, None, f"unix://{socket}")
        self._remote = ServerProxy("http://127.0.0.1", transport=transport)

    def start(self, names: Sequence[str]) -> None:
        """Start parts without waiting for them."""
        for name in names:
            self._remote.supervisor.startProcess(name, False)  # noqa: FBT003 - XML-RPC has no keywords

    def parts(self) -> dict[str, dict[str, Any]]:
        """Name → supervisor's own facts (`statename`, `pid`, …). Raises StackError when supervisord has died."""
        try:
            found: Any = self._remote.supervisor.getAllProcessInfo()
        except (OSError, HTTPException, Fault) as error:
            raise StackError(
                f"The process manager has ended ({error}); see {self.logs / 'supervisor.log'}."
            ) from error
        return {part["name"]: part for part in found}

    def raise_if_a_part_gave_up(self) -> None:
        """Raise StackError, with the part's last log lines, when one could not be started."""
        for name, part in self.parts().items():
            if part["statename"] == "FATAL":
                raise StackError(
                    f"{name} does not start. The end of {self.logs / name}.log:\n\n{self.last_lines(name)}"
                )

    def listens(self, name: str, port: int) -> bool:
        """Whether this very part has the port: by chance another program may have taken it a moment before."""
        try:
            sockets = psutil.Process(self.parts()[name]["pid"]).net_connections(kind="tcp")
        except psutil.Error:
            return False
        return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in sockets)

    def last_lines(self, name: str, *, count: int = 25) -> str:
        """The end of a part's log."""
        path = self.logs / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:]) if path.exists() else ""

    def answers(self) -> bool:
        """Whether supervisord takes commands. Raises StackError when it ended instead."""
        if self.process.poll() is not None:
            raise StackError(f"The process manager does not start; see {self.logs / 'supervisor.log'}.")
        # Asked before the socket is there, the transport would never recover.
        return self._socket.exists() and bool(self.parts())

    def shut_down(self, parts: Sequence[Part]) -> None:
        """Stop every part, backwards in order, and supervisord; returns when all have ended.

        supervisord by itself would stop one after the other; here all parts of the same order stop together.
        """
        with suppress(StackError):
            for order in sorted({part.order for part in parts}, reverse=True):
                self._stop([part.name for part in parts if part.order == order])
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()

    def _stop(self, names: Sequence[str]) -> None:
        for name in names:
            with suppress(Fault, OSError, HTTPException):  # it does not run, or supervisord has ended
                self._remote.supervisor.stopProcess(name, False)  # noqa: FBT003 - XML-RPC has no keywords
        # A part that ignores its signal is killed by supervisord after STOP_SECONDS.
        while any(self.parts()[name]["pid"] for name in names):
            time.sleep(0.1)


@contextmanager
def running(parts: Sequence[Part], *, home: Path, environment: Mapping[str, str]) -> Iterator[Supervisor]:
    """A supervisord that knows `parts` and has started none yet; all are stopped at the end of the block."""
    # A socket's path may have 107 characters at most, a state folder's may be longer.
    private = Path(tempfile.mkdtemp(prefix="colophon-"))
    try:
        configuration = private / "supervisord.conf"
        write_atomically(configuration, _configuration(parts, home=home, private=private).encode(), mode=0o600)
        process = subprocess.Popen(
            [*tied(signal="TERM"), sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
            env={**environment, "DEVSTACK_PARENT": str(os.getpid())},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            # Its own process group: Ctrl-C reaches `make up` only, which then stops things in order.
            process_group=0,
        )  # fmt: skip
        supervisor = Supervisor(process=process, socket=private / "socket", logs=home / "logs")
        try:
            wait_until(supervisor.answers, what="the process manager answers")
            yield supervisor
        finally:
            supervisor.shut_down(parts)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def tied(*, signal: str, user: str = "") -> list[str]:
    """The words before a command line that tie its life to its parent's (`devstack.run_child`)."""
    words = [sys.executable, "-m", "devstack.run_child", "--signal", signal]
    return [*words, *(["--user", user] if user else []), "--"]


def _configuration(parts: Sequence[Part], *, home: Path, private: Path) -> str:
    root = "user=root\n" if os.geteuid() == 0 else ""
    head = f"""[supervisord]
nodaemon=true
silent=true
{root}logfile={_escaped(home / "logs" / "supervisor.log")}
logfile_maxbytes=5MB
logfile_backups=1
pidfile={private / "supervisord.pid"}
childlogdir={_escaped(home / "logs")}

[unix_http_server]
file={private / "socket"}
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
    return head + "".join(_program(part, logs=home / "logs") for part in parts)


def _program(part: Part, *, logs: Path) -> str:
    words = [*tied(signal=part.orphaned, user=part.user), *part.command]
    variables = ",".join(f'{name}="{value}"' for name, value in part.environment.items())
    return f"""
[program:{part.name}]
command={_escaped(shlex.join(words))}
environment={_escaped(variables)}
priority={part.order}
autostart=false
autorestart=true
startsecs={part.settle_seconds}
startretries=4
stopsignal={part.stop}
stopwaitsecs={STOP_SECONDS}
killasgroup=true
redirect_stderr=true
stdout_logfile={_escaped(logs / (part.name + ".log"))}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


def _escaped(value: object) -> str:
    """supervisor's configuration takes % for an expansion."""
    return str(value).replace("%", "%%")
