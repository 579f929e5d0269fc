"""A program with a key: it asks for pictures and tokens, and notes all that it is told on the way."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx

from devstack.ports import wait_until
from tests.devstack.running import NOT_INHERITED, ROOT, Up

PATIENCE = 120
"""seconds; workers start again meanwhile, on two busy cores"""


def new_key(stack: Up, *, user: str = "program") -> str:
    """What an operator types to let a program in; `COLOPHON_HOME` is all that the command needs to know."""
    line = [sys.executable, "manage.py", "apikey", "create", "--user", user, "--create-user"]
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    result = subprocess.run(
        [*line, "--scopes", "generate,mint,read"],
        cwd=ROOT, env={**environment, "COLOPHON_HOME": str(stack.home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


class Watched:
    """A job or a mint, asked about again and again."""

    def __init__(self, stack: Up, key: str, kind: str, body: dict[str, Any]) -> None:
        self.stack, self.kind = stack, kind
        self.headers = {"Authorization": f"Bearer {key}"}
        answer = httpx.post(f"{stack.site}/api/v1/{kind}", json=body, headers=self.headers, timeout=30)
        assert answer.status_code == 201, answer.text
        self.told: list[dict[str, Any]] = [answer.json()]
        self.refused: list[str] = []

    @property
    def now(self) -> dict[str, Any]:
        """What was told last."""
        return self.told[-1]

    @property
    def statuses(self) -> list[str]:
        """The statuses that were told, each change once."""
        told = [state["status"] for state in self.told]
        return [status for place, status in enumerate(told) if place == 0 or told[place - 1] != status]

    def ask(self) -> None:
        """Note what is said now, or how nothing was."""
        path = f"/api/v1/{self.kind}/{self.now['id']}"
        try:
            answer = httpx.get(self.stack.site + path, headers=self.headers, timeout=30)
        except httpx.TransportError as error:
            self.refused.append(type(error).__name__)
            return
        if answer.status_code == httpx.codes.OK:
            self.told.append(answer.json())
        else:
            self.refused.append(f"{answer.status_code} {answer.text}")

    def wait(self, condition: Callable[[dict[str, Any]], bool], *, what: str) -> None:
        """Ask until it is so."""

        def so() -> bool:
            self.ask()
            return condition(self.now)

        try:
            wait_until(so, what=what, seconds=PATIENCE)
        except TimeoutError as error:
            error.add_note(f"last told: {self.now}; refused: {self.refused[-3:]}")
            raise

    def end(self, status: str) -> None:
        """Wait until it has ended, and see that it ended so."""
        self.wait(lambda now: now["status"] in {"succeeded", "canceled", "final", "failed"}, what="it has ended")
        assert (self.now["status"], self.now["error"]) == (status, None)
