import hashlib

from provenance.cids import digest_of_raw_cid, file_cid, raw_cid


def test_a_small_files_cid_is_its_sha256() -> None:
    # `echo -n hello | ipfs add --cid-version=1 --raw-leaves`
    assert file_cid(b"hello") == "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"
    assert raw_cid(hashlib.sha256(b"hello").digest()) == file_cid(b"hello")


def test_the_digest_comes_back_out_of_a_raw_cid() -> None:
    digest = hashlib.sha256(b"hello").digest()
    assert digest_of_raw_cid(raw_cid(digest)) == digest
