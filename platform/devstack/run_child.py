"""Become another program that cannot outlive its parent: `python -m devstack.run_child --signal QUIT -- program …`.

The kernel sends the signal when the parent dies, however it dies, SIGKILL included (Linux: prctl(2),
PR_SET_PDEATHSIG). Elsewhere the program just runs. `DEVSTACK_PARENT` holds the pid of the parent that must be alive;
the program's own children find its pid there.
"""

import argparse
import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Drop to `--user`, tie the life of this process to its parent's, and become the program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--signal", default="TERM", help="what the program gets when its parent dies")
    parser.add_argument("--user", default="", help="the system user to run as")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    if options.user:
        _become_user(options.user)
    die_with_parent(signal.Signals[f"SIG{options.signal}"])
    if os.environ["DEVSTACK_PARENT"] != str(os.getppid()):
        # It died before the prctl, so no signal will ever come.
        sys.exit("the parent ended before this process began")
    os.environ["DEVSTACK_PARENT"] = str(os.getpid())
    os.execvp(options.program[0], options.program)  # noqa: S606 - our own command line, no shell


def _become_user(name: str) -> None:
    """Give up root for good. Before the prctl: a change of user clears it."""
    account = pwd.getpwnam(name)
    if os.geteuid() == account.pw_uid:
        return
    os.initgroups(name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def die_with_parent(number: signal.Signals) -> None:
    """Ask the kernel to send this process a signal when its parent dies. Raises OSError if it refuses."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


if __name__ == "__main__":
    main()
