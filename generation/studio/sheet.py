"""What the studio shows below the prompt line: pictures that form, and pictures that are there."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.http import urlencode

from accounts.models import Person
from generation.gallery import WallPage, wall_page
from generation.models import Job, Work
from generation.studio.models import Board, Favourite
from generation.studio.search import LONGEST, search_prompts
from generation.studio.strip import Standing, ended_badly, standings

FAVOURITES = "favourites"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which works are looked for; all of it stands in the address, so that a reload shows the same."""

    within: str = ""
    q: str = ""
    model: str = ""
    older_than: UUID | None = None

    @property
    def any(self) -> bool:
        """Whether something is left out; then forming pictures are shown in the queue's strip only."""
        return bool(self.within or self.q or self.model)

    def address(self, **changes: object) -> str:
        """The query of the same filters with these changes, as `?q=sun`; empty when nothing is looked for."""
        chosen = {"in": self.within, "q": self.q, "model": self.model, **changes}
        kept = {name: str(value) for name, value in chosen.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


def filters_in(query: QueryDict) -> Filters:
    """The filters that an address names; what cannot be meant is left out."""
    return Filters(
        within=query.get("in", "")[:40],
        q=" ".join(query.get("q", "").split())[:LONGEST],
        model=query.get("model", "")[:60],
        older_than=uuid_in(query.get("older_than", "")),
    )


@dataclass(frozen=True, kw_only=True)
class Forming:
    """An unfinished job and its places, each with its index: a work where a picture is ready, else None.

    The last place comes first, as on the wall once the job is over.
    """

    standing: Standing
    places: list[tuple[int, Work | None]]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Everything below the prompt line."""

    filters: Filters
    board: Board | None
    boards: list[Board]
    standings: list[Standing]
    ended: list[Job]
    forming: list[Forming]
    page: WallPage
    favourites: set[UUID]
    has_works: bool

    @property
    def older_address(self) -> str:
        """The query of the next page."""
        return self.filters.address(older_than=self.page.older_than)

    @property
    def newest_address(self) -> str:
        """The query of the first page."""
        return self.filters.address()


def sheet_of(person: Person, filters: Filters) -> Sheet:
    """What the person sees with these filters."""
    boards = list(Board.objects.of(person).order_by("name"))
    board = next((board for board in boards if str(board.pk) == filters.within), None)
    standing = standings(person)
    shows_forming = not filters.any and filters.older_than is None
    works = _works(person, filters, board)
    if shows_forming:
        # They stand among the forming ones until their job is over, so that no picture moves when the next is ready.
        works = works.exclude(job__in=[each.job.pk for each in standing])
    page = wall_page(works=works.select_related("job", "model"), older_than=filters.older_than)
    drawing = [each for each in standing if each.job.purpose == Job.Purpose.DRAW]
    forming = _forming(drawing) if shows_forming else []
    shown = [*page.works, *(work for each in forming for _, work in each.places if work)]
    return Sheet(
        filters=filters,
        board=board,
        boards=boards,
        standings=standing,
        ended=ended_badly(person),
        forming=forming,
        page=page,
        favourites=set(Favourite.objects.filter(person=person, work__in=shown).values_list("work", flat=True)),
        has_works=bool(shown) or Work.objects.of(person).exists(),
    )


def _works(person: Person, filters: Filters, board: Board | None) -> QuerySet[Work]:
    works = Work.objects.visible_to(person)
    if filters.within == FAVOURITES:
        works = works.filter(favourites__person=person)
    elif board is not None:
        works = works.filter(places__board=board)
    elif filters.within:
        works = works.none()
    else:
        works = works.of(person)
    if filters.model:
        works = works.filter(model__slug=filters.model)
    return search_prompts(works, text=filters.q, viewer=person)


def _forming(standing: list[Standing]) -> list[Forming]:
    """The newest wish first, as its pictures will stand on the wall."""
    ready = Work.objects.filter(job__in=[each.job.pk for each in standing]).select_related("person", "job", "model")
    by_place = {(work.job_id, work.index): work for work in ready.defer("recipe", "attestation")}
    newest_first = sorted(standing, key=lambda each: each.job.created_at, reverse=True)
    return [
        Forming(
            standing=each,
            places=[(index, by_place.get((each.job.pk, index))) for index in reversed(range(each.job.count))],
        )
        for each in newest_first
    ]


def uuid_in(text: str) -> UUID | None:
    """The id that a text is; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
