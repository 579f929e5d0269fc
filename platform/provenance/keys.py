"""Ethereum keys in files: made on first start, readable by their owner only."""

import os
import secrets
from pathlib import Path

from eth_account import Account


class BadKeyFile(ValueError):
    """The file holds no secp256k1 private key; the message names the file, never its content."""


def load_or_create_private_key(path: Path) -> bytes:
    """The 32-byte private key in `path` (hex text); made at random when there is no such file (mode 0600).

    Two processes may start together: the file appears whole and once, and both return the same key. Raises
    BadKeyFile.
    """
    if not path.exists():
        _create(path)
    try:
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text.removeprefix("0x"))
        Account.from_key(key)
    except (ValueError, OSError) as error:
        # The cause is hidden on purpose: eth-keys repeats the value in its messages.
        reason = type(error).__name__
        raise BadKeyFile(f"{path} holds no private key of 32 bytes in hex ({reason}).") from None
    return key


def address_of(private_key: bytes) -> str:
    """The EIP-55 address of a private key."""
    return str(Account.from_key(private_key).address)


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write("0x" + bytes(Account.create().key).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # link(2) fails when the name is taken: of two processes, the first one's key stays.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
