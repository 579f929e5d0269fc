"""The first page of the admin panel: what goes on, what is stuck, and where to mend it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from kombu.exceptions import OperationalError as BrokerUnavailable
from redis.exceptions import RedisError

from api.errors import Problem
from generation import stuck as stuck_generation
from generation.models import Job, Work
from minting import stuck as stuck_minting
from minting.chains import ChainConfig
from minting.models import Mint
from minting.rpc import RpcError, client_for
from minting.signers import signers_for
from provenance.keys import UnusableKey

COUNT_UP_TO = 1000
"""beyond this a badge says "1000+": nobody needs the exact number of a flood"""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One kind of being stuck: how many, what it means, and the filtered list where it can be mended."""

    count: int
    sentence: str
    advice: str
    page: str


def _capped(queryset: QuerySet[Any]) -> int:
    return queryset.order_by()[:COUNT_UP_TO].count()


def _badge(count: int) -> str:
    return f"{COUNT_UP_TO}+" if count >= COUNT_UP_TO else str(count)


def works_awaiting_review(request: HttpRequest) -> str:  # noqa: ARG001 - unfold passes it
    """For the sidebar."""
    return _badge(_capped(Work.objects.filter(review_state=Work.Review.PENDING)))


def failed_jobs(request: HttpRequest) -> str:  # noqa: ARG001 - unfold passes it
    """For the sidebar."""
    return _badge(_capped(stuck_generation.failed()))


def failed_mints(request: HttpRequest) -> str:  # noqa: ARG001 - unfold passes it
    """For the sidebar."""
    return _badge(_capped(stuck_minting.failed()))


def what_goes_on(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The dashboard's context (unfold's `DASHBOARD_CALLBACK`): to each person what she may look into."""
    may_curate = request.user.has_perm("curation.add_curationdecision")
    operates = _operates(request)
    return context | {
        "title": "What goes on",
        "may_curate": may_curate,
        "operates": operates,
        "pending": _capped(Work.objects.filter(review_state=Work.Review.PENDING)) if may_curate else 0,
        "flagged": _capped(Work.objects.filter(review_state=Work.Review.PENDING, flagged=True)) if may_curate else 0,
        "troubles": [trouble for trouble in _troubles(request) if trouble.count],
        "numbers": _numbers() if operates else [],
        "stuck_after": settings.STUCK_AFTER_MINUTES,
    }


def _operates(request: HttpRequest) -> bool:
    return request.user.has_perm("generation.view_job") or request.user.has_perm("minting.view_mint")


def _troubles(request: HttpRequest) -> list[Trouble]:
    minutes = settings.STUCK_AFTER_MINUTES
    kinds: list[tuple[str, Callable[[], QuerySet[Any]], str, str, str, str]] = [
        ("generation.view_job", stuck_generation.waiting_too_long, f"Jobs waiting for over {minutes} minutes",
         "No worker takes them: see whether a GPU worker runs.", "generation_job", "stuck=waiting"),
        ("generation.view_job", stuck_generation.lost_by_their_worker, "Running jobs that lost their worker",
         "They are taken back within seconds, unless beat has stopped.", "generation_job", "stuck=lost"),
        ("generation.view_job", stuck_generation.failed, "Failed jobs",
         "Each says why; a job can be tried again.", "generation_job", "stuck=failed"),
        ("generation.view_job", stuck_generation.parked, "Parked jobs",
         "Their workers stopped in the middle, or somebody parked them; each names the workers.", "generation_job",
         "stuck=parked"),
        ("minting.view_mint", stuck_minting.not_final_for_long, f"Mints not final after {minutes} minutes",
         "See their transactions, and whether the chain makes blocks.", "minting_mint", "stuck=open"),
        ("minting.view_mint", stuck_minting.failed, "Failed mints",
         "Each says why; a mint can be tried again.", "minting_mint", "stuck=failed"),
        ("minting.view_transaction", stuck_minting.with_an_error, "Open transactions with an error",
         "They are sent again by themselves; the error says what the chain answered.", "minting_transaction",
         "stuck=error"),
        ("minting.view_alert", stuck_minting.open_alerts, "Open alerts",
         "Each says what has to be done.", "minting_alert", "resolved_at__isempty=1"),
    ]  # fmt: skip
    return [
        Trouble(
            count=_capped(question()),
            sentence=sentence,
            advice=advice,
            page=f"{reverse(f'admin:{page}_changelist')}?{query}",
        )
        for permission, question, sentence, advice, page, query in kinds
        if request.user.has_perm(permission)
    ]


def _numbers() -> list[tuple[str, int]]:
    return [
        ("jobs waiting", _capped(Job.objects.filter(status=Job.Status.QUEUED))),
        ("jobs running", _capped(Job.objects.filter(status=Job.Status.RUNNING))),
        ("mints under way", _capped(Mint.objects.exclude(status__in=[Mint.Status.FINAL, Mint.Status.FAILED]))),
        ("works", _capped(Work.objects.all())),
    ]


def vitals(request: HttpRequest) -> HttpResponse:
    """A fragment that the dashboard loads after itself: the workers and the signer, which may be slow or down."""
    if not _operates(request):
        raise PermissionDenied
    context = {
        "workers": _workers_seen(),
        "signers": [state for config in settings.CHAINS for state in _signers_on(config)],
    }
    return TemplateResponse(request, "admin/colophon/vitals.html", context)


def _workers_seen() -> list[str] | None:
    """Names of the workers that answer within a second; None when Redis does not answer."""
    try:
        with current_app.connection_for_write(connect_timeout=1) as connection:
            # Without a limit, Celery would go on trying while the page waits.
            connection.ensure_connection(max_retries=1, timeout=2)
            answers = current_app.control.ping(timeout=1.0, connection=connection)
    except (RedisError, BrokerUnavailable, OSError):
        return None
    return sorted(name for answer in answers or [] for name in answer)


@dataclass(frozen=True, kw_only=True)
class SignerState:
    """What our signer has on one chain; `error` says why that is not known."""

    chain: str
    currency: str
    address: str = ""
    balance: str = ""
    low: bool = False
    error: str = ""


def _signers_on(config: ChainConfig) -> list[SignerState]:
    try:
        return [_signer_on(config, signer.address) for signer in signers_for(config.chain_id)]
    except (Problem, RpcError, UnusableKey, ImproperlyConfigured) as error:
        return [SignerState(chain=config.name, currency=config.currency, error=str(error))]


def _signer_on(config: ChainConfig, address: str) -> SignerState:
    balance = Decimal(client_for(config).balance(address)) / 10**18
    return SignerState(
        chain=config.name,
        currency=config.currency,
        address=address,
        balance=f"{balance:,.4f}",
        low=balance < Decimal(str(config.refill_below)),
    )
