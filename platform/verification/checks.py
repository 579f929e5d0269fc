"""System checks of verification, with stable ids. E001 unusable C2PA certificate chain."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from provenance.certificates import (
    BadCertificateChain,
    check_chain,
    load_or_create_anchors,
    load_or_create_signer,
)


@register(Tags.security)
def certificate_chain_is_usable(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """E001: a folder that is missing or empty is fine, its chain is made on first use."""
    folder = settings.C2PA_DIR
    if not folder.is_dir() or not any(folder.iterdir()):
        return []
    try:
        if settings.C2PA_SIGN_FUNCTION:
            # Its key is with a key service, which is asked by whoever signs.
            check_chain(folder)
        else:
            load_or_create_signer(folder)
        load_or_create_anchors(folder)
    except BadCertificateChain as error:
        hint = "Mend the chain, point C2PA_DIR elsewhere, or remove the folder to have a chain made."
        return [Error(str(error), hint=hint, id="verification.E001")]
    return []
