"""Beginning from a picture in the prompt line: one that is brought along, an upload that is kept, or a work."""

from dataclasses import dataclass

from django.core.files.storage import default_storage

from accounts.models import Person
from api.errors import InvalidInput
from generation.forms import FILES, PromptForm
from generation.models import SourceImage, Work
from generation.source_images import check_size, keep_image
from generation.studio.sheet import uuid_in

BROUGHT = dict(zip(FILES, ("init_image", "mask_image"), strict=True))
"""fields for files, and what names the upload that becomes of each"""

UPLOADS = {"init_image": "Begins from your picture", "mask_image": "Changes only where this is light"}


@dataclass(frozen=True, kw_only=True)
class Start:
    """A picture that the line begins from: the field that names it, and what is shown of it."""

    field: str
    id: str
    address: str
    words: str


def keep_brought(form: PromptForm, *, person: Person) -> bool:
    """Keep the files that came with a valid line, and name them in it; False once a fault is written beside one.

    A picture that is brought along takes the place of the one that the line began from. Raises TooManyImages,
    StorageFull.
    """
    for name, field in BROUGHT.items():
        file = form.cleaned_data.pop(name, None)
        if file is None:
            continue
        try:
            check_size(file.size)
            form.cleaned_data[field] = keep_image(person=person, data=file.read()).pk
        except InvalidInput as problem:
            form.add_error(name, problem.detail)
            return False
        if name == "picture":
            form.cleaned_data["init_work"] = None
    return True


def starts_of(form: PromptForm, *, person: Person) -> list[Start]:
    """What the line begins from, as far as the person may see it."""
    found = []
    named = {field: uuid_in(str(form[field].value())) for field in ("init_work", *UPLOADS)}
    if (asked := named["init_work"]) and (work := Work.objects.visible_to(person).filter(pk=asked).first()):
        address = str(default_storage.url(work.preview_path))
        found.append(Start(field="init_work", id=str(work.pk), address=address, words="Begins from this work"))
    for field, words in UPLOADS.items():
        if (asked := named[field]) and (image := SourceImage.objects.filter(person=person, pk=asked).first()):
            address = f"/api/v1/images/{image.pk}/file"
            found.append(Start(field=field, id=str(image.pk), address=address, words=words))
    return found
