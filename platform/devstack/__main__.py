"""`python -m devstack up|demo|reset`: the commands behind `make up`, `make demo`, `make reset`."""

import argparse
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import httpx

from devstack import state_folder
from devstack.demo import demo
from devstack.parts import ROOT
from devstack.run_child import die_with_parent
from devstack.state_folder import StackError
from devstack.up import Stack, admin_password_file, running_stack, say, watch


def main() -> None:
    """Read the command line; a StackError becomes its message and exit code 1, never a traceback."""
    parser = argparse.ArgumentParser(prog="python -m devstack", description=__doc__)
    parser.add_argument("command", choices=["up", "demo", "reset"])
    parser.add_argument("--prompt", default=os.environ.get("PROMPT", ""), help="for demo: what to draw")
    is_json = os.environ.get("FORMAT") == "json"
    parser.add_argument("--json", action="store_true", default=is_json, help="for demo: the result as JSON")
    options = parser.parse_args()
    home = Path(os.environ.get("COLOPHON_HOME") or ROOT / "var").resolve()
    stop_on_signals()
    try:
        if options.command == "demo":
            demo(home, prompt=options.prompt, as_json=options.json)
        else:
            {"up": up, "reset": reset}[options.command](home)
    except StackError as error:
        sys.exit(f"\n{error}")
    except httpx.HTTPError as error:
        sys.exit(f"\nColophon did not answer as it should: {error}")
    except KeyboardInterrupt:
        sys.exit(0 if options.command == "up" else 130)


def stop_on_signals() -> None:
    """SIGTERM, SIGHUP and the death of `make` end the stack as Ctrl-C does: once, and in good order."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # From here on the stop itself must not be interrupted; supervisord kills what does not end.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def up(home: Path) -> None:
    """Run until a signal comes or a part gives up."""
    started = time.monotonic()
    with running_stack(home) as stack:
        say(_welcome(stack, seconds=time.monotonic() - started))
        try:
            watch(stack)
        finally:
            say("Stopping… (everything is kept; the next start continues from here)")


def _welcome(stack: Stack, *, seconds: float) -> str:
    home = stack.addresses.home
    kept = admin_password_file(home)
    secret = (
        f"the password {kept.read_text().strip()}  (kept in {kept})"
        if stack.is_first_start
        else f"the password in {kept}"
    )
    return f"""
Colophon is ready after {seconds:.1f} s.

  Website     {stack.addresses.site_url}
  Admin       {stack.addresses.site_url}/admin/  as "admin" with {secret}
  REST API    {stack.addresses.site_url}/api/docs/
  Logs        {home / "logs"}
  Processes   {home / "services.json"}

Ctrl-C stops everything; the next start continues with the same database and the same chain."""


def reset(home: Path) -> None:
    """Remove the state folder: database, chain, keys, pictures. Raises StackError while something runs on it."""
    if not home.exists():
        say(f"There is nothing at {home}.")
        return
    if state_folder.read_version(home) is None:
        raise StackError(f"{home} has no version file, so it is not a state folder of Colophon. Nothing was removed.")
    with state_folder.lock(home):
        state_folder.wait_for_former_parts(home)
        say(f"Removing {home}: database, chain, keys and pictures.")
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
