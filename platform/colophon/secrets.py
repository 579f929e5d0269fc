"""Secrets that are made on first start and kept in the state folder, readable by their owner only."""

import os
import secrets
from pathlib import Path


def read_or_create_secret(path: Path) -> str:
    """The text secret in `path`; made of 48 random bytes when the file does not exist, mode 0600.

    Two processes may start together: the file is created exclusively, and the loser reads the winner's.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()
