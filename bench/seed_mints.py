"""`python -m bench.inside bench.seed_mints COUNT`: works that can be minted, and a key, printed as JSON.

The attestations are true. Never on a real folder. The pictures themselves are one: minting never opens them.
"""

import hashlib
import json
import sys
import time
from typing import Any

from django.conf import settings
from eth_account import Account

from accounts.models import Person
from api.services import create_key
from generation.models import Job, StoredFile, Work
from provenance import attestations
from provenance.cids import raw_cid
from provenance.keys import load_or_create_key


def main() -> None:
    """Copy the one real work of this folder COUNT times, each with its own content, pixels and attestation."""
    template = Work.objects.select_related("job", "file", "recipe_file", "model").first()
    if template is None:
        sys.exit("There is no work to copy: run `make demo` on this folder first.")
    person, _ = Person.objects.get_or_create(username="minter")
    key = load_or_create_key(settings.ATTESTER_KEY_FILE)
    works = [_work(place, template=template, person=person, key=key) for place in range(int(sys.argv[1]))]
    Job.objects.bulk_create([work.job for work in works])
    StoredFile.objects.bulk_create([work.file for work in works])
    Work.objects.bulk_create(works)
    _, secret = create_key(person=person, scopes=["mint", "read"])
    owner, ids = str(Account.create().address), [str(work.pk) for work in works]
    json.dump({"key": secret, "to": owner, "works": ids}, sys.stdout)


def _copied(source: Any, *names: str) -> dict[str, Any]:  # noqa: ANN401 - any model
    return {name: getattr(source, name) for name in names}


def _work(place: int, *, template: Work, person: Person, key: bytes) -> Work:
    content = hashlib.sha256(f"minted {time.time_ns()} {place}".encode()).digest()
    attestation = attestations.Attestation(
        pixel_hash=hashlib.sha256(content).digest(),
        recipe_hash=bytes(template.recipe_hash),
        model_hash=bytes(template.model.model_hash or b""),
        creator=attestations.NO_CREATOR,
        created_at=int(time.time()),
    )
    signature = attestations.sign(attestation, private_key=key)
    document = attestations.document(attestation, signature=signature, attester=str(Account.from_key(key).address))
    job = Job(
        **_copied(template.job, "model", "prompt", "steps", "guidance_scale", "width", "height"),
        person=person, seed=place, count=1, status="succeeded",
    )  # fmt: skip
    file = StoredFile(**_copied(template.file, "media_type", "size", "path"), sha256=content, cid=raw_cid(content))
    return Work(
        **_copied(
            template, "model", "prompt", "width", "height", "preview_path", "thumbhash", "recipe_file", "recipe",
            "recipe_hash",
        ),
        job=job, index=0, person=person, seed=place, file=file, content_hash=content,
        pixel_hash=attestation.pixel_hash, attestation=document,
    )  # fmt: skip
