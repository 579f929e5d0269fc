"""Examples in the API's schema; a test checks them against it."""

from drf_spectacular.utils import OpenApiExample

_WORK = "0199c0de-0000-7000-8000-000000000002"
_MINT = "0199c0de-0000-7000-8000-000000000003"
_OWNER = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"
_CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
_TOKEN_ID = str(int("5e" * 32, 16))
_CID = "bafkreic6lzpf4xs6lzpf4xs6lzpf4xs6lzpf4xs6lzpf4xs6lzpf4xs6ly"
_SITE = "https://colophon.example"

MINT = [
    OpenApiExample("A work and its owner", value={"work": _WORK, "to": _OWNER}, request_only=True),
    OpenApiExample(
        "7.5 % of later sales, shared by two",
        value={
            "work": _WORK,
            "to": _OWNER,
            "royalty": {
                "basis_points": 750,
                "shares": [{"address": _OWNER, "parts": 3}, {"address": _CONTRACT, "parts": 1}],
            },
        },
        request_only=True,
    ),
    OpenApiExample(
        "Asked for, not sent yet",
        value={
            "id": _MINT,
            "status": "requested",
            "work": _WORK,
            "collection": {
                "id": "0199c0de-0000-7000-8000-000000000004",
                "slug": "first-light",
                "name": "First light",
                "address": _CONTRACT,
                "chain_id": 31337,
            },
            "to": _OWNER,
            "token_id": _TOKEN_ID,
            "token_uri": f"ipfs://{_CID}",
            "metadata_hash": "0x" + "5e" * 32,
            "royalty": None,
            "transaction": None,
            "confirmations": None,
            "burnt_block": None,
            "error": None,
            "urls": {
                "get": f"{_SITE}/api/v1/mints/{_MINT}",
                "events": f"{_SITE}/api/v1/mints/{_MINT}/events",
                "web": f"{_SITE}/mints/{_MINT}/",
                "token": f"{_SITE}/tokens/31337/{_CONTRACT}/{_TOKEN_ID}/",
                "metadata": f"{_SITE}/ipfs/{_CID}",
            },
            "created_at": "2026-11-22T18:00:00Z",
            "submitted_at": None,
            "mined_at": None,
            "safe_at": None,
            "final_at": None,
        },
        response_only=True,
        status_codes=["201"],
    ),
]

COLLECTION = [
    OpenApiExample(
        "My own, with the royalties shared",
        value={
            "name": "Waves",
            "symbol": "WAVE",
            "description": "Seas that never were.",
            "royalty_basis_points": 500,
            "royalty_shares": [{"address": _OWNER, "parts": 3}, {"address": _CONTRACT, "parts": 1}],
        },
        request_only=True,
    ),
]

VOUCHER = [
    OpenApiExample(
        "A hundredth of an ether, to one owner",
        value={"work": _WORK, "to": _OWNER, "price": "10000000000000000"},
        request_only=True,
    ),
]

BATCH = [
    OpenApiExample(
        "Two works, each to its owner",
        value={"mints": [{"work": _WORK, "to": _OWNER}, {"work": _MINT, "to": _OWNER}]},
        request_only=True,
    ),
]
