"""Search over prompts: PostgreSQL's full text with the configuration `simple`, on a GIN index.

Why not trigrams: prompts are looked for by the words one remembers, and pg_trgm is an extension that not every
server has (the embedded one does not). Why `simple`: prompts are in any language, and stemming by the rules of one
spoils the others; instead every word matches what begins with it.
"""

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet

from accounts.models import Person
from api.errors import InvalidInput
from generation.models import Work

LONGEST = 200
"""characters of a question"""


def search_prompts(works: QuerySet[Work], *, text: str, viewer: Person | None) -> QuerySet[Work]:
    """Those of the works whose prompt has a word beginning with each of the text's words, and none with a `-` one.

    A private prompt is searched for its maker only: to others not even its words may be told. Raises InvalidInput.
    """
    if "\0" in text or len(text) > LONGEST:
        raise InvalidInput.for_field("q", f"`q` is at most {LONGEST} characters of words, without a NUL.")
    query = tsquery(text)
    if query is None:
        return works
    may_read = Q(private_prompt=False) | Q(person=viewer) if viewer else Q(private_prompt=False)
    words = SearchVector("prompt", config="simple")
    return (
        works.filter(may_read).alias(words=words).filter(words=SearchQuery(query, config="simple", search_type="raw"))
    )


def tsquery(text: str) -> str | None:
    """The question in PostgreSQL's own notation; None when it asks nothing."""
    terms = [_term(word) for word in text.split()]
    return " & ".join(term for term in terms if term) or None


def _term(word: str) -> str:
    """`'sun':*`, or `!'sun':*` for `-sun`: quoted, so that no character of it is an operator."""
    is_excluded = word.startswith("-")
    bare = word[1:] if is_excluded else word
    if not any(map(str.isalnum, bare)):
        return ""
    quoted = bare.replace("\\", "\\\\").replace("'", "''")
    return f"{'!' if is_excluded else ''}'{quoted}':*"
