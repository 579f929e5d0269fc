"""`make demo PROMPT="…"`: from a prompt to a token over the REST API, as any outside client would, then checked."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account

from devstack import state_folder
from devstack.independent_check import Verdict, check
from devstack.parts import ROOT
from devstack.state_folder import StackError
from devstack.up import running_stack

JOB_SECONDS = 900
MINT_SECONDS = 300
PERSON = "demo"


@dataclass(frozen=True, kw_only=True)
class Running:
    """Where a running Colophon answers."""

    home: Path
    site: str
    services: dict[str, dict[str, Any]]


def demo(home: Path, *, prompt: str, as_json: bool) -> None:
    """Run the main job once. Raises StackError when a step fails or the independent check does not hold."""
    if not prompt.strip():
        raise StackError('There is no prompt. Say what to draw: make demo PROMPT="a gold sun over teal waves"')
    with _running(home) as running:
        result, verdict = _prompt_to_token(running, prompt=prompt)
    if as_json:
        print(json.dumps({**result, "verdict": _as_json(verdict)}, indent=2))
    else:
        print(_as_text(result, verdict))
    if not verdict.holds:
        raise StackError("The independent check does not hold.")


@contextmanager
def _running(home: Path) -> Iterator[Running]:
    """The stack that runs on this folder, or one that is started for this and stopped afterwards."""
    if state_folder.is_locked(home):
        tell("Colophon runs already; using it.")
        services = state_folder.read_services(home)
        if "web" not in services:
            raise StackError(f"Colophon on {home} is just starting or stopping. Try again in a moment.")
        yield Running(home=home, site=services["web"]["address"], services=services)
        return
    tell("Starting Colophon…")
    with running_stack(home) as stack:
        yield Running(home=home, site=stack.addresses.web, services=state_folder.read_services(home))
        tell("Stopping Colophon…")


def _prompt_to_token(running: Running, *, prompt: str) -> tuple[dict[str, Any], Verdict]:
    wallet = _wallet(running.home)
    with httpx.Client(base_url=f"{running.site}/api/v1", timeout=60, headers=_authorization(running)) as api:
        job = _post(api, "/jobs", {"prompt": prompt})
        job = _follow(api, f"/jobs/{job['id']}", seconds=JOB_SECONDS, wanted="succeeded", show=_show_job)
        work = job["works"][0]
        mint = _post(api, "/mints", {"work": work["id"], "to": wallet})
        mint = _follow(api, f"/mints/{mint['id']}", seconds=MINT_SECONDS, wanted="final", show=_show_mint)
        data = _download(api, work["urls"]["file"])
    path = running.home / "demo" / f"{work['content_hash'][2:18]}.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    verdict = check(
        data,
        contract=mint["collection"]["address"],
        rpc_url=running.services["chain"]["address"],
        gateway=running.site,
        owner=wallet,
    )
    result = {
        "prompt": prompt,
        "file": str(path),
        "content_hash": verdict.content_hash,
        "token_id": mint["token_id"],
        "contract": mint["collection"]["address"],
        "transaction": mint["transaction"]["hash"],
        "owner": verdict.owner,
        "token_uri": verdict.token_uri,
        "job": job["id"],
        "work": work["id"],
        "mint": mint["id"],
    }
    return result, verdict


def _authorization(running: Running) -> dict[str, str]:
    """The demo person's key: the kept one while it works, else a new one."""
    path = running.home / "keys" / "demo_api_key"
    if path.exists():
        kept = {"Authorization": f"Bearer {path.read_text().strip()}"}
        if httpx.get(f"{running.site}/api/v1/me", headers=kept, timeout=60).status_code == httpx.codes.OK:
            return kept
    line = [sys.executable, str(ROOT / "manage.py"), "apikey", "create", "--user", PERSON, "--create-user"]
    line += ["--scopes", "generate,mint,read", "--name", "make demo"]
    variables = {
        **os.environ,
        "COLOPHON_HOME": str(running.home),
        "DATABASE_URL": running.services["database"]["address"],
        "REDIS_URL": running.services["redis"]["address"],
    }
    result = subprocess.run(line, env=variables, capture_output=True, text=True, check=False)
    if result.returncode:
        raise StackError(f"No API key could be made:\n{result.stderr}")
    state_folder.write_atomically(path, result.stdout.encode(), mode=0o600)
    return {"Authorization": f"Bearer {result.stdout.strip()}"}


def _wallet(home: Path) -> str:
    """The demo's own address; its key is kept, so that the tokens stay within reach."""
    path = home / "keys" / "demo_wallet.key"
    if not path.exists():
        state_folder.write_atomically(path, ("0x" + bytes(Account.create().key).hex() + "\n").encode(), mode=0o600)
    return str(Account.from_key(path.read_text().strip()).address)


def _post(api: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Raises StackError with the API's own words when it refuses."""
    answer = api.post(path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
    return _told(answer)


def _told(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        is_problem = "json" in answer.headers.get("Content-Type", "")
        raise StackError(answer.json().get("detail", answer.text) if is_problem else f"HTTP {answer.status_code}")
    body: dict[str, Any] = answer.json()
    return body


def _follow(
    api: httpx.Client, path: str, *, seconds: float, wanted: str, show: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Ask until the status is the wanted one. Raises StackError when it cannot come any more."""
    deadline = time.monotonic() + seconds
    while True:
        state = _told(api.get(path))
        show(state)
        if state["status"] == wanted:
            tell("")
            return state
        if state["status"] in {"failed", "canceled"}:
            raise StackError(f"\n{path}: {state['status']}. {(state.get('error') or {}).get('detail', '')}")
        if time.monotonic() > deadline:
            raise StackError(f"\n{path} is still {state['status']} after {seconds:g} s.")
        time.sleep(0.3)


def _download(api: httpx.Client, url: str) -> bytes:
    answer = api.get(url)
    answer.raise_for_status()
    return answer.content


def _show_job(job: dict[str, Any]) -> None:
    progress = job["progress"]
    done = int(progress["percent"] or 0)
    waiting = f"place {job['queue_place']} in the queue" if job["status"] == "queued" else ""
    steps = waiting or f"step {progress['step']} of {progress['total']}"
    _rewrite(f"picture  [{'█' * (done // 4):░<25}] {done:3d} %  {steps}")


def _show_mint(mint: dict[str, Any]) -> None:
    stages = ["requested", "submitted", "mined", "final"]
    done = stages.index(mint["status"]) + 1 if mint["status"] in stages else 0
    _rewrite(f"token    [{'█' * round(25 * done / 4):░<25}] {25 * done:3d} %  {mint['status']}")


def _rewrite(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def tell(line: str) -> None:
    """A remark beside the result: on stderr, so that stdout is the result alone."""
    if line or sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "holds": verdict.holds,
        "findings": [{"name": each.name, "holds": each.holds, "detail": each.detail} for each in verdict.findings],
    }


def _as_text(result: dict[str, Any], verdict: Verdict) -> str:
    names = ("file", "content_hash", "token_id", "contract", "transaction", "owner", "token_uri")
    lines = [f"{name.replace('_', ' '):14} {result[name]}" for name in names]
    checks = [f"{'✓' if each.holds else '✗'} {each.name:14} {each.detail}" for each in verdict.findings]
    last = "The independent check holds." if verdict.holds else "The independent check FAILS."
    return "\n".join(["", *lines, "", "Checked without this platform's code:", *checks, "", last])
