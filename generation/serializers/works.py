"""Shapes of works in JSON: the same in answers and in live events."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import HashField
from api.links import endpoint, page
from generation.ipfs.addresses import gateway_addresses
from generation.models import Pin, Work, WorkParent
from generation.querysets import can_see

MINT_STATUSES = [(status, status) for status in ("requested", "submitted", "mined", "final", "failed")]
"""minting's, which stands to the right of generation; a test compares"""


class ParentSerializer(serializers.Serializer[Any]):
    """What a work was made from: `work` or `image`, or neither when it is not yours to see."""

    role = serializers.ChoiceField(choices=WorkParent.Role.choices)
    work = serializers.UUIDField(allow_null=True)
    image = serializers.UUIDField(allow_null=True, help_text="your upload")


class ChildSerializer(serializers.Serializer[Any]):
    """A work that was made from this one, and that you can see."""

    role = serializers.ChoiceField(choices=WorkParent.Role.choices)
    work = serializers.UUIDField()


class SafetySerializer(serializers.Serializer[Any]):
    """What looked at the picture. A flag asks curators to look; it never changes the picture."""

    checker = serializers.CharField(help_text="`pipeline`, or `none`: nothing looked at it")
    flagged = serializers.BooleanField(help_text="what the checker said")
    scores = serializers.DictField(
        child=serializers.FloatField(), help_text="of each concept: how far above its threshold; above 0 flags"
    )


class MintOfWorkSerializer(serializers.Serializer[Any]):
    """A mint, as far as its work tells."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=MINT_STATUSES)
    collection = serializers.CharField(source="collection.slug", help_text="the collection's slug")
    to = serializers.CharField(help_text="the owner's address")
    url = serializers.SerializerMethodField(help_text="GET it for the whole mint")

    def get_url(self, mint: Any) -> str:  # noqa: ANN401 - minting stands to the right of generation
        return endpoint("mints", mint.pk)


class WorkUrlsSerializer(serializers.Serializer[Any]):
    """Addresses of a work."""

    get = serializers.URLField(help_text="this work in the API")
    web = serializers.URLField(help_text="its page")
    file = serializers.URLField(help_text="the exact bytes that `content_hash` is of")
    preview = serializers.URLField(help_text="a small WebP")
    ipfs = serializers.CharField(help_text="`ipfs://<cid>` of the file")
    recipe = serializers.URLField(help_text="the canonical bytes that `recipe_hash` is of")
    reruns = serializers.URLField(help_text="who ran the recipe again; POST to have it done")
    gateways = serializers.ListField(child=serializers.URLField(), help_text="the file at public IPFS gateways")


class WorkSerializer(serializers.Serializer[Any]):
    """One picture that came out. Needs `viewer` (a person or None) in the context."""

    id = serializers.UUIDField()
    job = serializers.UUIDField(source="job_id")
    index = serializers.IntegerField(help_text="place in its job, from 0")
    model = serializers.CharField(source="model.slug")
    prompt = serializers.SerializerMethodField(help_text="null when it is private and not yours")
    seed = serializers.IntegerField()
    width = serializers.IntegerField(help_text="pixels")
    height = serializers.IntegerField(help_text="pixels")
    content_hash = HashField(help_text="sha256 of the file; as a number it is the token's id")
    pixel_hash = HashField(help_text="of the file decoded; survives lossless re-encoding and stripped metadata")
    render_hash = HashField(
        allow_null=True, help_text="pixel hash before the watermark: what running the recipe again gives"
    )
    iscc = serializers.CharField(help_text="ISO 24138 image code; empty until a work of the first days was looked at")
    media_type = serializers.CharField(source="file.media_type")
    ipfs_pin = serializers.SerializerMethodField(
        help_text="of the file on this platform's IPFS node: wanted, pinned, failed; null when nobody asked for it"
    )
    recipe_hash = HashField(help_text="sha256 of the canonical recipe")
    model_hash = serializers.SerializerMethodField(help_text="of the weights that made it, as attested")
    recipe = serializers.DictField(help_text="everything that determines the pixels")
    trajectory = serializers.SerializerMethodField(
        help_text="the signed commitment to the picture's steps (EIP-712); null for works from before there was one"
    )
    attestation = serializers.DictField(help_text="EIP-712: domain, types, message, attester, signature")
    review_state = serializers.ChoiceField(choices=Work.Review.choices)
    flagged = serializers.BooleanField(help_text="shown blurred until a curator has looked")
    safety = serializers.SerializerMethodField(help_text="null for works from before pictures were checked")
    parents = serializers.SerializerMethodField(help_text="what it was made from")
    children = serializers.SerializerMethodField(help_text="what was made from it, as far as you can see it")
    urls = serializers.SerializerMethodField()
    thumbhash = serializers.CharField(help_text="base64; a placeholder while the picture loads")
    mints = MintOfWorkSerializer(many=True)
    created_at = serializers.DateTimeField()

    def get_prompt(self, work: Work) -> str | None:
        viewer = self.context.get("viewer")
        return work.prompt if not work.private_prompt or (viewer and viewer.pk == work.person_id) else None

    @extend_schema_field(serializers.ChoiceField(choices=Pin.State.choices, allow_null=True))
    def get_ipfs_pin(self, work: Work) -> str | None:
        pin = getattr(work.file, "pin", None)
        return pin.state if pin else None

    def get_model_hash(self, work: Work) -> str:
        return str(work.attestation["message"]["modelHash"])

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_trajectory(self, work: Work) -> dict[str, Any] | None:
        trajectory = getattr(work, "trajectory", None)
        return trajectory.document if trajectory else None

    @extend_schema_field(SafetySerializer(allow_null=True))
    def get_safety(self, work: Work) -> dict[str, Any] | None:
        return work.safety or None

    @extend_schema_field(ParentSerializer(many=True))
    def get_parents(self, work: Work) -> list[dict[str, Any]]:
        return [_parent(link, viewer=self.context.get("viewer")) for link in work.parent_links.all()]

    @extend_schema_field(ChildSerializer(many=True))
    def get_children(self, work: Work) -> list[dict[str, Any]]:
        viewer = self.context.get("viewer")
        links = [link for link in work.child_links.all() if can_see(link.work, viewer)]
        return [{"role": link.role, "work": str(link.work_id)} for link in links]

    @extend_schema_field(WorkUrlsSerializer)
    def get_urls(self, work: Work) -> dict[str, str | list[str]]:
        return {
            "get": endpoint("works", work.pk),
            "web": page("generation:work", work.pk),
            "file": page("generation:ipfs", work.file.cid),
            "preview": page("generation:preview", work.preview_path),
            "ipfs": f"ipfs://{work.file.cid}",
            "recipe": page("generation:ipfs", work.recipe_file.cid),
            "reruns": endpoint("works", work.pk, "reruns"),
            "gateways": gateway_addresses(work.file.cid),
        }


def _parent(link: WorkParent, *, viewer: Any) -> dict[str, Any]:  # noqa: ANN401 - a person or nobody
    work, image = link.parent, link.image
    owns_image = image is not None and viewer is not None and image.person_id == viewer.pk
    return {
        "role": link.role,
        "work": str(work.pk) if work is not None and can_see(work, viewer) else None,
        "image": str(link.image_id) if owns_image else None,
    }
