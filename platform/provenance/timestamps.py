"""RFC 3161 time-stamps over a whole file: an authority's word that these bytes existed at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime

import rfc3161_client as tsp
from cryptography import x509

MEDIA_TYPE_QUERY, MEDIA_TYPE_REPLY = "application/timestamp-query", "application/timestamp-reply"


class BadTimeStamp(ValueError):
    """The answer is no time-stamp over these bytes by an authority under the given roots; the message says why."""


@dataclass(frozen=True, kw_only=True)
class StampQuestion:
    """What is sent to an authority (DER), and the nonce that its answer must repeat."""

    query: bytes
    nonce: int


def ask(data: bytes) -> StampQuestion:
    """A request for a time-stamp over the SHA-256 of `data`, certificates included."""
    builder = tsp.TimestampRequestBuilder().data(data).hash_algorithm(tsp.HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    assert request.nonce is not None
    return StampQuestion(query=request.as_bytes(), nonce=request.nonce)


def stamped_time(token: bytes, *, data: bytes, roots_pem: str, nonce: int | None = None) -> datetime:
    """When the authority says that `data` existed, in UTC; its signature, certificates and nonce are checked.

    `token` is a TimeStampResp (DER). The certificates have to be valid at that time, not today. Raises BadTimeStamp.
    """
    try:
        answer = tsp.decode_timestamp_response(token)
        builder = tsp.VerifierBuilder(roots=x509.load_pem_x509_certificates(roots_pem.encode()))
        if nonce is not None:
            builder = builder.nonce(nonce)
        builder.build().verify_message(answer, data)
    except (tsp.VerificationError, ValueError, OSError) as error:
        raise BadTimeStamp(f"not a valid time-stamp of these bytes: {error}") from error
    return answer.tst_info.gen_time.astimezone(UTC)
