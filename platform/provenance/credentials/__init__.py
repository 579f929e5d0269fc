"""Content Credentials (C2PA) in the file itself: AI-made, by whom signed, and with the recipe inside (law 7).

Signing is not deterministic (fresh identifiers, a fresh ECDSA nonce): a file is signed once, and the bytes that came
out are stored and hashed. Reading trusts nothing: remote manifests and revocation servers are never fetched.
"""

from provenance.credentials.keeping import keep_marks, manifest_store
from provenance.credentials.labels import (
    AI_MADE,
    ASSERTION_LABEL,
    COMPOSITE_WITH_TRAINED_MEDIA,
    ISCC_ALGORITHM,
    MEDIA_TYPES,
    TRAINED_ALGORITHMIC_MEDIA,
    Ingredient,
    SoftBinding,
)
from provenance.credentials.reading import CredentialsReport, IngredientReport, read
from provenance.credentials.writing import CredentialsNotEmbedded, embed

__all__ = [
    "AI_MADE",
    "ASSERTION_LABEL",
    "COMPOSITE_WITH_TRAINED_MEDIA",
    "ISCC_ALGORITHM",
    "MEDIA_TYPES",
    "TRAINED_ALGORITHMIC_MEDIA",
    "CredentialsNotEmbedded",
    "CredentialsReport",
    "Ingredient",
    "IngredientReport",
    "SoftBinding",
    "embed",
    "keep_marks",
    "manifest_store",
    "read",
]
