"""Secrets that are made on first start and kept in the state folder, readable by their owner only."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_or_create_secret(path: Path) -> str:
    """The text secret in `path`; made of 48 random bytes when the file does not exist, mode 0600.

    Two processes may start together: the file is created exclusively, and the loser reads the winner's. Raises
    ImproperlyConfigured when the folder cannot be written.
    """
    try:
        _create_unless_there(path)
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The state folder cannot be written: {error}. Make it writable for the user that runs this process, or "
            "point COLOPHON_HOME at another folder."
        ) from error


def _create_unless_there(path: Path) -> None:
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
