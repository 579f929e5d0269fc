"""The family of a work: what it was made from, and what was made from it, in words."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import Person
from generation.derived import VARIATION_STRENGTHS
from generation.models import Job, Work, WorkParent

MOST_CHILDREN = 12

STRENGTH_WORDS = {strength: name for name, strength in VARIATION_STRENGTHS.items()}
PARENT_WORDS = {
    WorkParent.Role.VARIATION_OF: "A variation of",
    WorkParent.Role.UPSCALE_OF: "Enlarged from",
    WorkParent.Role.INIT: "Begun from",
    WorkParent.Role.MASK: "Changed only where a mask allows, from",
}
CHILD_WORDS = {
    WorkParent.Role.VARIATION_OF: "Varied",
    WorkParent.Role.UPSCALE_OF: "Enlarged",
    WorkParent.Role.INIT: "Begun from this",
    WorkParent.Role.MASK: "Masked by this",
}


@dataclass(frozen=True, kw_only=True)
class Relative:
    """A work of the family, and how it belongs to it."""

    work: Work
    words: str


@dataclass(frozen=True, kw_only=True)
class Family:
    """The relatives that a viewer may see; `from_upload` tells of an uploaded picture, which nobody else may."""

    parents: list[Relative]
    children: list[Relative]
    more_children: bool
    from_upload: bool


def family_of(work: Work, *, viewer: Person | AnonymousUser) -> Family:
    """Parents and the newest children of a work."""
    visible = Work.objects.visible_to(viewer).defer("recipe", "attestation")
    links = list(work.parent_links.select_related("work__job"))
    seen = visible.in_bulk([link.parent_id for link in links if link.parent_id])
    known = [(seen[link.parent_id], link) for link in links if link.parent_id in seen]
    parents = [Relative(work=parent, words=_words(link, PARENT_WORDS)) for parent, link in known]
    children = _children(work, visible)
    return Family(
        parents=parents,
        children=children[:MOST_CHILDREN],
        more_children=len(children) > MOST_CHILDREN,
        from_upload=any(link.image_id for link in links),
    )


def _children(work: Work, visible: QuerySet[Work]) -> list[Relative]:
    links = work.child_links.filter(work__in=visible.order_by().values("pk")).order_by("-work__created_at", "-pk")
    found = list(links.select_related("work__job", "work__person")[: MOST_CHILDREN + 1])
    return [Relative(work=link.work, words=_words(link, CHILD_WORDS)) for link in found]


def _words(link: WorkParent, words: dict[WorkParent.Role, str]) -> str:
    """`A subtle variation of`, `Varied subtly`: a strength of our own is named, any other left out."""
    job: Job = link.work.job
    name = STRENGTH_WORDS.get(job.strength) if link.role == WorkParent.Role.VARIATION_OF and job.strength else None
    said = words[WorkParent.Role(link.role)]
    if name is None:
        return said
    return f"A {name} variation of" if words is PARENT_WORDS else f"Varied {ADVERBS[name]}"


ADVERBS = {"subtle": "subtly", "strong": "strongly"}
