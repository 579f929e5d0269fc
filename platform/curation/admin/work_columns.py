"""What the panel shows of a work."""

from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from api.panel import ReadOnlyAdmin, page_link, shown_prompt, state_mark, whole_hash
from generation.models import Work

UNVEIL = format_html('<label class="unveil"><input type="checkbox"><span>{}</span></label>', "Flagged: show")


def title_of(work: Work) -> str:
    """A work's prompt, short, as staff may see it."""
    text = shown_prompt(work)
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"


class WorkColumns(ReadOnlyAdmin):
    """Each method is one entry of a page."""

    @admin.display(description="picture")
    def picture(self, work: Work) -> SafeString:
        return format_html(
            '<figure class="picture large{0}"><img src="{1}{2}" width="{3}" height="{4}" alt="{5}">{6}</figure>',
            " flagged" if work.flagged else "",
            settings.MEDIA_URL,
            work.preview_path,
            work.width,
            work.height,
            shown_prompt(work),
            UNVEIL if work.flagged else "",
        )

    @admin.display(description="review")
    def state(self, work: Work) -> SafeString:
        return state_mark(work.review_state, work.get_review_state_display())

    @admin.display(description="prompt")
    def wish(self, work: Work) -> str:
        return shown_prompt(work)

    @admin.display(description="maker")
    def maker(self, work: Work) -> str:
        return str(work.person)

    @admin.display(description="job")
    def job_page(self, work: Work) -> SafeString | str:
        return page_link(work.job, f"picture {work.index + 1} of {work.job.count}")

    @admin.display(description="flagged")
    def flag(self, work: Work) -> str:
        return (work.flag_reason or "yes") if work.flagged else "no"

    @admin.display(description="looks like")
    def looks_like(self, work: Work) -> SafeString | str:
        found = [
            (each.get_kind_display(), page_link(each.earlier, str(each.earlier))) for each in work.resemblances.all()
        ]
        if not found:
            return "no work before it" if work.compared_at else "not compared yet"
        return format_html_join(" · ", "{} of {}", found)

    @admin.display(description="size")
    def size(self, work: Work) -> str:
        return f"{work.width} × {work.height} px, {work.file.size:,} bytes"  # noqa: RUF001 - a true multiplication sign

    @admin.display(description="content hash")
    def content_hash_text(self, work: Work) -> SafeString | str:
        return whole_hash(work.content_hash)

    @admin.display(description="pixel hash")
    def pixel_hash_text(self, work: Work) -> SafeString | str:
        return whole_hash(work.pixel_hash)

    @admin.display(description="recipe hash")
    def recipe_hash_text(self, work: Work) -> SafeString | str:
        return whole_hash(work.recipe_hash)
