"""secp256k1 keys that are made on first start and kept in files readable by their owner only."""

import functools
import os
from pathlib import Path

from eth_account import Account


class UnusableKey(ValueError):
    """The key file is unreadable, readable by others, or holds no private key; the message says which and why."""


def load_or_create_key(path: Path) -> bytes:
    """The 32-byte private key in `path`, as hex text; a new random one when the file does not exist, mode 0600.

    Two processes may start together: the file comes into being whole and exactly once, and the loser reads the
    winner's. Raises UnusableKey for a file that is there and is no key; it is never overwritten.
    """
    if not path.exists():
        _create(path)
    return load_key(path)


def load_key(path: Path) -> bytes:
    """The 32-byte private key in an existing file. Raises UnusableKey."""
    try:
        mode = path.stat().st_mode & 0o777
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableKey(f"The key file {path} cannot be read: {error}") from error
    if mode & 0o077:
        raise UnusableKey(f"The key file {path} is open to other users (mode {mode:04o}). Run: chmod 600 {path}")
    try:
        return _key_of(text)
    except Exception:  # noqa: BLE001 - eth-keys raises several unrelated types
        # A message of theirs could quote the key, so the cause is not passed on.
        raise UnusableKey(f"The key file {path} holds no secp256k1 private key (64 hex digits).") from None


@functools.lru_cache(maxsize=8)
def _key_of(text: str) -> bytes:
    """The file is read each time, for it may be another one by now; that its key is one is found out once."""
    key = bytes.fromhex(text.removeprefix("0x"))
    Account.from_key(key)
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write("0x" + bytes(Account.create().key).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A hard link fails when the name is taken: whoever links first has made the key.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
