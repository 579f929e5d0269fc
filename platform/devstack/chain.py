"""Become the embedded chain, continuing from its saved state: `python -m devstack.chain PORT STATE_FILE`."""

import os
import sys
from pathlib import Path

from devstack import anvil

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Replace this process by anvil, loading the state file if there is one by now."""
    line = anvil.command(ROOT, port=int(sys.argv[1]), load_state=Path(sys.argv[2]), mining=False)
    os.execv(line[0], line)  # noqa: S606 - our own command line, no shell


if __name__ == "__main__":
    main()
