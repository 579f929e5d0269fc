"""The group "Operators" sees the queue and its workers, and opens quotas."""

from django.db import migrations

RIGHTS = {
    "turn": ["view"],
    "worker": ["view"],
    "steptime": ["view"],
    "allowance": ["view", "add", "change", "delete"],
}


def let_operators_see_the_queue(apps, _schema_editor):
    """Django makes permissions after the last migration; those needed now are made under its very names."""
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
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("generation", "0005_queue_places"),
    ]

    operations = [migrations.RunPython(let_operators_see_the_queue, migrations.RunPython.noop)]
