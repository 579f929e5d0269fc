"""Contracts in the admin panel: collections, the factories that make people's own, splitters of royalties."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from api.panel import ReadOnlyAdmin, detail_action, page_link, short_hash, short_text, state_mark, whole_hash
from minting.admin.words import cut, shares_in_words
from minting.allowing import allow_signers
from minting.models import Collection, Factory, Splitter, Transaction


def _made(deployment: Transaction) -> SafeString:
    """How far a contract of ours is."""
    if deployment.succeeded is None:
        return state_mark("deploying", "being deployed")
    return state_mark("ready", "ready") if deployment.succeeded else state_mark("failed", "failed")


@admin.register(Collection)
class CollectionAdmin(ReadOnlyAdmin):
    """Deployed contracts."""

    list_display = ("name", "symbol", "state", "chain", "contract", "owner", "is_default", "created_at")
    list_filter = ("status", "chain")
    list_select_related = ("chain", "owner")
    search_fields = ("name", "slug", "address")
    fields = (
        "name", "slug", "symbol", "description", "state", "chain", "address", "owner", "owner_address", "royalty",
        "is_default", "kind", "made_by", "deployed_by", "created_block", "created_at",
    )  # fmt: skip
    readonly_fields = ("state", "royalty", "kind", "made_by", "deployed_by")
    actions_detail = ("allow",)

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("minting.change_collection")

    @detail_action("Let all signers mint", permissions=["operate"], icon="key")
    def allow(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.ask_then(
            request,
            self.row_or_refuse(request, object_id),
            allow_signers,
            question="Let every signer of the chain mint in this collection?",
            sentence="Each that lacks the role MINTER gets it, by a transaction that the platform pays for. Where "
            "somebody else is admin, it is for them to do.",
            button="Let them mint",
            done="those signers that lacked the role are getting it.",
        )

    @admin.display(description="royalty")
    def royalty(self, collection: Collection) -> str:
        shared = f", shared by {len(collection.royalty_shares)}" if collection.royalty_shares else ""
        return f"{collection.royalty_basis_points / 100:g} % as it was made{shared}"

    @admin.display(description="contract")
    def kind(self, collection: Collection) -> str:
        return "a minimal proxy (ERC-1167)" if collection.is_proxy else "a whole contract"

    @admin.display(description="made by the factory")
    def made_by(self, collection: Collection) -> SafeString | str:
        return page_link(collection.factory)

    @admin.display(description="status", ordering="status")
    def state(self, collection: Collection) -> SafeString:
        return state_mark(collection.status, collection.get_status_display())

    @admin.display(description="address")
    def contract(self, collection: Collection) -> SafeString | str:
        return short_text(collection.address) if collection.address else "—"

    @admin.display(description="deployed by")
    def deployed_by(self, collection: Collection) -> SafeString | str:
        return page_link(collection.deployment)


@admin.register(Factory)
class FactoryAdmin(ReadOnlyAdmin):
    """Deployed factories; the newest that is ready makes the collections of its chain."""

    list_display = ("contract", "state", "chain", "version", "made", "created_at")
    list_filter = ("chain",)
    list_select_related = ("chain", "deployment")
    search_fields = ("address",)
    fields = ("state", "chain", "address", "whole_version", "made", "deployed_by", "created_at")
    readonly_fields = ("state", "whole_version", "made", "deployed_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Factory]:
        rows: QuerySet[Factory] = super().get_queryset(request)
        return rows.annotate(made=Count("collections"))

    @admin.display(description="status")
    def state(self, factory: Factory) -> SafeString:
        return _made(factory.deployment)

    @admin.display(description="address")
    def contract(self, factory: Factory) -> str:
        return cut(factory.address)

    @admin.display(description="version")
    def version(self, factory: Factory) -> SafeString | str:
        return short_hash(factory.code_hash)

    @admin.display(description="version: SHA-256 of its creation code")
    def whole_version(self, factory: Factory) -> SafeString | str:
        return whole_hash(factory.code_hash)

    @admin.display(description="collections made")
    def made(self, factory: Factory) -> int:
        return int(getattr(factory, "made", 0))

    @admin.display(description="deployed by")
    def deployed_by(self, factory: Factory) -> SafeString | str:
        return page_link(factory.deployment)


@admin.register(Splitter)
class SplitterAdmin(ReadOnlyAdmin):
    """Contracts that share royalties, made for tokens that have several receivers."""

    list_display = ("contract", "state", "chain", "payees", "created_at")
    list_filter = ("chain",)
    list_select_related = ("chain", "deployment")
    search_fields = ("address",)
    fields = ("state", "chain", "address", "payees", "made_by", "created_at")
    readonly_fields = ("state", "payees", "made_by")

    @admin.display(description="status")
    def state(self, splitter: Splitter) -> SafeString:
        return _made(splitter.deployment)

    @admin.display(description="address")
    def contract(self, splitter: Splitter) -> str:
        return cut(splitter.address)

    @admin.display(description="payees")
    def payees(self, splitter: Splitter) -> str:
        return shares_in_words(splitter.shares)

    @admin.display(description="made by")
    def made_by(self, splitter: Splitter) -> SafeString | str:
        return page_link(splitter.deployment)
