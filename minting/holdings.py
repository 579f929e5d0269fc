"""What a person holds: the tokens of her wallets as the chain's logs tell them, with the works behind them."""

from dataclasses import dataclass

from accounts.models import Person
from generation.models import Work
from minting.indexer.models import Token

SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A token; `work` is None when this platform has not made it, or its curators have taken it off the wall."""

    token: Token
    work: Work | None

    @property
    def number(self) -> int:
        """The token's id."""
        return int.from_bytes(bytes(self.token.token_id), "big")


def holdings_of(*, person: Person) -> list[Holding]:
    """The newest tokens of a person's linked wallets."""
    wallets = person.wallets.values_list("address", flat=True)
    tokens = list(Token.objects.owned_by(wallets).select_related("collection__chain")[:SHOWN])
    works = Work.objects.filter(content_hash__in=[bytes(token.token_id) for token in tokens])
    shown = works.exclude(review_state__in=[Work.Review.HIDDEN, Work.Review.REJECTED])
    by_content = {bytes(work.content_hash): work for work in shown.select_related("person", "file")}
    return [Holding(token=token, work=by_content.get(bytes(token.token_id))) for token in tokens]
