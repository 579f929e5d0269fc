"""What a visitor may paste: the content hash of the work that it names.

A SHA-256 (of a file, of pixels, of a recipe), a token's id, `eip155:1/erc721:0x…/123` (CAIP-19), a transaction's
hash, an IPFS address, the id of a work, or the address of a page that has one of these in it, here or at an explorer.
"""

import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.db.models import Q, QuerySet

from api.errors import InvalidInput
from generation.models import StoredFile, Work
from minting.indexer.models import Token, TokenEvent
from minting.models import Mint
from provenance.cids import digest_of_raw_cid

LONGEST = 500
CAIP_19 = re.compile(r"eip155:\d+/erc721:0x[0-9a-fA-F]{40}/(\d{1,78})")
HEX_32 = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
CID = re.compile(r"(?:baf[a-z2-7]{20,100}|Qm[1-9A-HJ-NP-Za-km-z]{44})")
MOST_NAMED = 5

Found = Iterable[bytes]


def content_hash_named(text: str) -> bytes:
    """The content hash of the one work or token that this text names; 32 bytes.

    A SHA-256 that nobody here knows is taken for a content hash: the chain may know it. Raises InvalidInput for the
    field `q`: `not_recognised`, `nothing_found`, `several_found`.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise _refused("not_recognised", _HELP)
    for recognise in (_caip_19, _address, _bare):
        found = recognise(text)
        if found is not None:
            return _the_one(found)
    raise _refused("not_recognised", _HELP)


_HELP = (
    "This is not something that can be looked up. Paste the SHA-256 of a file (64 characters, 0 to 9 and a to f), a "
    "token’s id, a transaction, or the address of a page that shows the work or the token."
)


def _the_one(found: Found) -> bytes:
    hashes = sorted(set(found))
    if not hashes:
        raise _refused("nothing_found", "Nothing is known here under that name. Nothing was checked.")
    if len(hashes) > 1:
        named = ", ".join("0x" + each.hex() for each in hashes[:MOST_NAMED])
        more = f" and {len(hashes) - MOST_NAMED} more" if len(hashes) > MOST_NAMED else ""
        raise _refused("several_found", f"That names several works. Look one up by its content hash: {named}{more}.")
    return hashes[0]


def _caip_19(text: str) -> Found | None:
    match = CAIP_19.fullmatch(text)
    return _token(match[1]) if match else None


def _address(text: str) -> Found | None:
    """A page's address: the last part of its path that names something."""
    parts = urlsplit(text)
    if parts.scheme == "ipfs":
        return _file(parts.netloc or parts.path.strip("/"))
    if parts.scheme not in {"http", "https"}:
        return None
    for segment in reversed([unquote(each) for each in parts.path.split("/") if each]):
        found = _bare(segment)
        if found is not None:
            return found
    return None


def _bare(text: str) -> Found | None:
    kinds: list[tuple[Callable[[str], bool], Callable[[str], Found]]] = [
        (_is_uuid, _work),
        (lambda each: HEX_32.fullmatch(each) is not None, _digest),
        (lambda each: CID.fullmatch(each) is not None, _file),
        # A short number in an address is a chain's id, or a page's.
        (lambda each: each.isdecimal() and 60 <= len(each) <= 78, _token),
    ]
    return next((look_up(text) for fits, look_up in kinds if fits(text)), None)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return len(text) == 36


def _work(text: str) -> Found:
    """Only works that are shown: an id must not tell what the curators took away."""
    return _hashes(Work.objects.gallery().filter(pk=UUID(text)))


def _token(text: str) -> Found:
    number = int(text)
    return [number.to_bytes(32)] if number < 2**256 else []


def _digest(text: str) -> Found:
    digest = bytes.fromhex(text.removeprefix("0x"))
    shown = Work.objects.gallery()
    same_pixels = shown.filter(Q(pixel_hash=digest) | Q(recipe_hash=digest))
    for known in (
        _hashes(Work.objects.filter(content_hash=digest)),
        _hashes(same_pixels),
        _in_transaction(digest),
    ):
        if hashes := list(known):
            return hashes
    return [digest]


def _in_transaction(digest: bytes) -> Found:
    """Tokens that a transaction minted or moved."""
    minted = Mint.objects.filter(Q(transaction__hash=digest) | Q(transaction__attempts__hash=digest))
    events = TokenEvent.objects.filter(transaction_hash=digest, token_id__isnull=False)
    yield from (bytes(each) for each in minted.values_list("work__content_hash", flat=True))
    yield from _ids(Token.objects.filter(mint_transaction=digest))
    yield from (bytes(each) for each in events.values_list("token_id", flat=True) if each is not None)


def _file(cid: str) -> Found:
    """The work whose picture, recipe or token description has this address."""
    stored = StoredFile.objects.filter(cid=cid).first()
    if stored is not None:
        works = Work.objects.filter(Q(file=stored) | Q(recipe_file=stored) | Q(mints__metadata_file=stored))
        return _hashes(works)
    try:
        digest = digest_of_raw_cid(cid)
    except ValueError:
        return []
    return _ids(Token.objects.filter(Q(token_id=digest) | Q(metadata_hash=digest)))


def _hashes(works: QuerySet[Work]) -> Found:
    return [bytes(each) for each in works.values_list("content_hash", flat=True)]


def _ids(tokens: QuerySet[Token]) -> Found:
    return [bytes(each) for each in tokens.values_list("token_id", flat=True)]


def _refused(code: str, detail: str) -> InvalidInput:
    return InvalidInput.for_field("q", detail, code=code)
