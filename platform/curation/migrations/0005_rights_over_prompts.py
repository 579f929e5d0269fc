"""Operators see adapters, and write prompt rules and wildcards."""

from django.db import migrations

RIGHTS = {
    "adapter": ["view"],
    "promptrule": ["view", "add", "change", "delete"],
    "wildcard": ["view", "add", "change", "delete"],
}


def give_rights(apps, _schema_editor):
    """As in 0003: Django makes its permissions only after the last migration, so those needed are made here."""
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Operators")
    for model_name, verbs in RIGHTS.items():
        content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
            app_label="generation", model=model_name
        )
        verbose_name = apps.get_model("generation", model_name)._meta.verbose_name  # noqa: SLF001 - Django's documented model API
        for verb in verbs:
            permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
                content_type=content_type,
                codename=f"{verb}_{model_name}",
                defaults={"name": f"Can {verb} {verbose_name}"},
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0004_mark_rights"),
        ("generation", "0008_models_and_inputs"),
    ]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
