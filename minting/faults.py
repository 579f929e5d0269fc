"""Named points at which a test can kill the process, exactly there, to show that nothing is lost.

`COLOPHON_FAULT=<name>` names the point. `COLOPHON_FAULT_ONCE=<path>` is a marker file: it is made when the process
dies, and while it exists no further process does. Without the variables these calls do nothing.
"""

import os
import signal
from pathlib import Path
from typing import Literal

Point = Literal["nonce_assigned", "signed_and_stored", "sent"]


def reach(point: Point) -> None:
    """SIGKILL this process when it was told to die here."""
    if os.environ.get("COLOPHON_FAULT") != point:
        return
    marker = os.environ.get("COLOPHON_FAULT_ONCE")
    if marker is not None:
        try:
            Path(marker).touch(exist_ok=False)
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)
