"""The admin panel of curation: works as a contact sheet, the curator's desk, and the log of decisions."""

from curation.admin.decisions import CurationDecisionAdmin
from curation.admin.works import WorkAdmin

__all__ = ["CurationDecisionAdmin", "WorkAdmin"]
