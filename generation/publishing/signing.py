"""Who signs the content credentials, and the time-stamp in them when the authority answers in time."""

import functools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from provenance import credentials
from provenance.certificates import ClaimSigner, load_or_create_signer, load_remote_signer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SignedFile:
    """A file with its credentials; `stamped`: whether a time-stamp is among them."""

    data: bytes
    stamped: bool


def claim_signer() -> ClaimSigner:
    """Read and checked once per process; another chain or key service takes a restart.

    Without a time-stamp authority. Raises BadCertificateChain; ImportError when C2PA_SIGN_FUNCTION names nothing.
    """
    return _claim_signer(settings.C2PA_DIR, settings.C2PA_SIGN_FUNCTION)


@functools.cache
def _claim_signer(folder: Path, sign_function: str) -> ClaimSigner:
    if sign_function:
        sign: Callable[[bytes], bytes] = import_string(sign_function)
        return load_remote_signer(folder, sign=sign)
    return load_or_create_signer(folder)


def sign_file(data: bytes, **manifest: Any) -> SignedFile:  # noqa: ANN401 - what credentials.embed takes
    """Embed and sign the credentials, time-stamped when the authority answers within C2PA_TSA_SECONDS.

    When it does not, the file is signed without a stamp, and stays so: a picture is never lost for a stamp. Raises
    CredentialsNotEmbedded.
    """
    signer = claim_signer()
    if settings.C2PA_TSA_URL:
        stamped = _stamped_in_time(data, signer=replace(signer, timestamp_url=settings.C2PA_TSA_URL), **manifest)
        if stamped is not None:
            return SignedFile(data=stamped, stamped=True)
    return SignedFile(data=credentials.embed(data, signer=signer, **manifest), stamped=False)


_waiting: threading.Thread | None = None


def _stamped_in_time(data: bytes, **manifest: Any) -> bytes | None:  # noqa: ANN401 - what credentials.embed takes
    """The library waits up to half a minute for an authority, and cannot be told otherwise; a thread of it can.

    While an earlier one still waits the authority is taken to be away, so there is never more than one.
    """
    global _waiting  # noqa: PLW0603 - one per process, by design
    if _waiting is not None and _waiting.is_alive():
        return None
    answers: list[bytes] = []

    def sign() -> None:
        try:
            answers.append(credentials.embed(data, **manifest))
        except credentials.CredentialsNotEmbedded as error:
            logger.warning("no time-stamp in the file, one beside it is asked for later: %s", error)

    _waiting = threading.Thread(target=sign, name="time-stamp", daemon=True)
    _waiting.start()
    _waiting.join(settings.C2PA_TSA_SECONDS)
    return answers[0] if answers else None
