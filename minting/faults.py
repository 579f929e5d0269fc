"""Named points at which a test can kill the process, exactly there, to show that nothing is lost.

`COLOPHON_FAULT=<name>,…` names the points. `COLOPHON_FAULT_ONCE=<folder>`: when the process dies at a point, a marker
file of its name is made there, and while that exists no process dies at this point. Without the variables these calls
do nothing.
"""

import os
import signal
from pathlib import Path
from typing import Literal

Point = Literal[
    "nonce_assigned",
    "signed",
    "signed_and_stored",
    "sent",
    "bump_stored",
    "bump_sent",
    "mined",
    "before_final",
]


def reach(point: Point) -> None:
    """SIGKILL this process when it was told to die here."""
    if point not in os.environ.get("COLOPHON_FAULT", "").split(","):
        return
    markers = os.environ.get("COLOPHON_FAULT_ONCE")
    if markers is not None:
        try:
            (Path(markers) / point).touch(exist_ok=False)
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)
