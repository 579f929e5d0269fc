"""Operators see the pins and time-stamps, and may have a file sent to the IPFS node again."""

from django.db import migrations

RIGHTS = {"pin": ["view", "change"], "timestamp": ["view"]}
NAMES = {"pin": "pin", "timestamp": "time stamp"}


def give_rights(apps, _schema_editor):
    """As the migration that made the groups: Django makes its own permissions only after the last one."""
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Operators")
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    for model_name, verbs in RIGHTS.items():
        content_type, _ = content_types.get_or_create(app_label="generation", model=model_name)
        for verb in verbs:
            permission, _ = permissions.get_or_create(
                content_type=content_type,
                codename=f"{verb}_{model_name}",
                defaults={"name": f"Can {verb} {NAMES[model_name]}"},
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0003_groups"),
        ("generation", "0007_provenance"),
    ]

    # Backwards keeps the rights: they are harmless without the pages.
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
