"""The look and the sidebar of the admin panel (django-unfold's `UNFOLD` setting): paper, ink and one vermilion."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

PAPER_AND_INK = {
    "50": "#faf8f4",
    "100": "#f2efe8",
    "200": "#e4dfd5",
    "300": "#cfc8bb",
    "400": "#a9a193",
    "500": "#756d61",
    "600": "#575147",
    "700": "#413c34",
    "800": "#2d2924",
    "900": "#1c1a17",
    "950": "#131210",
}
VERMILION = {
    "50": "#fdf3f0",
    "100": "#fbe2dc",
    "200": "#f6c5ba",
    "300": "#ee9e8d",
    "400": "#e57a64",
    "500": "#d1503a",
    "600": "#c8402a",
    "700": "#a83321",
    "800": "#872a1c",
    "900": "#6b241a",
    "950": "#3d120b",
}


def _reads_the_log(request: HttpRequest) -> bool:
    """The desk lives under the log's address; this tells the two lines of the sidebar apart."""
    return "/curationdecision/" in request.path and not request.path.endswith("/desk/")


def _item(title: str, icon: str, page: str, permission: str, badge: str = "") -> dict[str, Any]:
    """A line of the sidebar, for those who may open its page."""
    line: dict[str, Any] = {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{page}"),
        "permission": lambda request: request.user.has_perm(permission),
    }
    return line | ({"badge": badge} if badge else {})


NAVIGATION = [
    {"items": [{"title": "What goes on", "icon": "monitor_heart", "link": reverse_lazy("admin:index")}]},
    {
        "title": "Curation",
        "items": [
            _item(
                "Curator's desk", "grid_view", "curation_desk", "curation.add_curationdecision",
                "colophon.dashboard.works_awaiting_review",
            ),
            _item("Works", "image", "generation_work_changelist", "generation.view_work"),
            {**_item(
                "Decisions", "history_edu", "curation_curationdecision_changelist", "curation.view_curationdecision",
            ), "active": _reads_the_log},
        ],
    },
    {
        "title": "Making",
        "items": [
            _item(
                "Jobs", "brush", "generation_job_changelist", "generation.view_job", "colophon.dashboard.failed_jobs",
            ),
            _item("Queue", "format_list_numbered", "generation_turn_changelist", "generation.view_turn"),
            _item("Workers", "memory", "generation_worker_changelist", "generation.view_worker"),
            _item("Step times", "timer", "generation_steptime_changelist", "generation.view_steptime"),
            _item("Allowances", "speed", "generation_allowance_changelist", "generation.view_allowance"),
            _item(
                "Models", "neurology", "generation_diffusionmodel_changelist", "generation.view_diffusionmodel",
            ),
            _item("Adapters", "layers", "generation_adapter_changelist", "generation.view_adapter"),
            _item("Prompt rules", "gavel", "generation_promptrule_changelist", "generation.view_promptrule"),
            _item("Wildcards", "casino", "generation_wildcard_changelist", "generation.view_wildcard"),
            _item("IPFS pins", "hub", "generation_pin_changelist", "generation.view_pin"),
            _item("Time-stamps", "schedule", "generation_timestamp_changelist", "generation.view_timestamp"),
        ],
    },
    {
        "title": "Tokens",
        "items": [
            _item(
                "Mints", "token", "minting_mint_changelist", "minting.view_mint", "colophon.dashboard.failed_mints",
            ),
            _item("Batches", "stacks", "minting_mintbatch_changelist", "minting.view_mintbatch"),
            _item("Vouchers", "confirmation_number", "minting_voucher_changelist", "minting.view_voucher"),
            _item("Transactions", "receipt_long", "minting_transaction_changelist", "minting.view_transaction"),
            _item(
                "Collections", "collections_bookmark", "minting_collection_changelist", "minting.view_collection",
            ),
            _item("Factories", "factory", "minting_factory_changelist", "minting.view_factory"),
            _item("Splitters", "call_split", "minting_splitter_changelist", "minting.view_splitter"),
            _item("Chains", "link", "minting_chain_changelist", "minting.view_chain"),
            _item("Signers", "key", "minting_signernonce_changelist", "minting.view_signernonce"),
            _item("Alerts", "notifications", "minting_alert_changelist", "minting.view_alert"),
            _item("Budgets", "savings", "minting_mintbudget_changelist", "minting.view_mintbudget"),
            _item("Outbox", "outbox", "webhooks_outboxevent_changelist", "webhooks.view_outboxevent"),
        ],
    },
    {
        "title": "People",
        "items": [
            _item("People", "group", "accounts_person_changelist", "accounts.view_person"),
            _item("Wallets", "account_balance_wallet", "accounts_wallet_changelist", "accounts.view_wallet"),
            _item("Keys", "key", "api_apikey_changelist", "api.view_apikey"),
            _item("Groups", "shield_person", "auth_group_changelist", "auth.view_group"),
        ],
    },
]  # fmt: skip

PANEL: dict[str, Any] = {
    "SITE_TITLE": "Colophon",
    "SITE_HEADER": "Colophon",
    "SITE_SYMBOL": "menu_book",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("img/mark.svg")},
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "3px",
    "COLORS": {"base": PAPER_AND_INK, "primary": VERMILION},
    "STYLES": [lambda _request: static("admin-colophon/admin.css")],
    "SCRIPTS": [lambda _request: static("admin-colophon/admin.js")],
    "DASHBOARD_CALLBACK": "colophon.dashboard.what_goes_on",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": NAVIGATION},
}
