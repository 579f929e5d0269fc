import hashlib

import pytest

from provenance.cids import RAW_LIMIT, digest_of_raw_cid, file_cid, raw_cid

PERIOD = bytes((i * 7 + (i >> 8)) & 255 for i in range(65_536))


def pattern(size: int) -> bytes:
    """Byte i is `(i * 7 + (i >> 8)) & 255`."""
    return (PERIOD * (size // len(PERIOD) + 1))[:size]


def test_a_small_files_cid_is_its_sha256() -> None:
    # `echo -n hello | ipfs add --cid-version=1 --raw-leaves`
    assert file_cid(b"hello") == "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"
    assert raw_cid(hashlib.sha256(b"hello").digest()) == file_cid(b"hello")


def test_the_digest_comes_back_out_of_a_raw_cid() -> None:
    digest = hashlib.sha256(b"hello").digest()
    assert digest_of_raw_cid(raw_cid(digest)) == digest


@pytest.mark.parametrize(
    ("size", "cid"),
    [
        # Computed with npm ipfs-unixfs-importer 17 (cidVersion 1, rawLeaves), another implementation.
        (0, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
        (11, "bafkreiemzsnsdw4rkkmqgrbtgcu5z7z4uqi4pmlblprnimkvujjqxcwa74"),
        (RAW_LIMIT, "bafkreibdffnmnzlbq264m4kqmxcslchnncczdb567t7xahpgbhdyigvtr4"),
        (RAW_LIMIT + 1, "bafybeielov4zxeb3kwwrtgpluv2mh72hsf7vjypbok654v7i2ox5ylnlje"),
        (1_048_576, "bafybeigssaoc4qwv5xy3gferuks7546iybnxqt25hhmua6rfiuqa7gptdy"),
        # More than 174 leaves: a tree of two levels.
        (50_000_000, "bafybeigxddpelh2kl3aa7as7rz2kb25afnzauevffqe5yyqlup56tkly6a"),
    ],
)
def test_cids_equal_those_of_another_implementation(size: int, cid: str) -> None:
    assert file_cid(pattern(size)) == cid


def test_up_to_the_limit_the_raw_rule_holds_and_beyond_it_does_not() -> None:
    at_limit, beyond = pattern(RAW_LIMIT), pattern(RAW_LIMIT + 1)
    assert file_cid(at_limit) == raw_cid(hashlib.sha256(at_limit).digest())
    assert file_cid(beyond) != raw_cid(hashlib.sha256(beyond).digest())


@pytest.mark.parametrize(
    "cid",
    [
        "",
        "b",
        "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o",
        "bafybeielov4zxeb3kwwrtgpluv2mh72hsf7vjypbok654v7i2ox5ylnlje",
        "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4ye",
        "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeqaa",
        "b!!!",
        "bé",
        # The same digest spelled twice: upper case, and other bits in the padding of the last letter.
        "bAFKREIBM6JG3UX5QUMHCN2B3FLC3TYU6DMLB4XA7U5BF44YEGNRJHC4YEQ",
        "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yer",
    ],
)
def test_other_identifiers_are_refused(cid: str) -> None:
    with pytest.raises(ValueError, match="CID"):
        digest_of_raw_cid(cid)
