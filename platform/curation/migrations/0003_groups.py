"""The groups of the admin panel, each with exactly the rights that its pages ask for."""

from django.db import migrations

RIGHTS = {
    "Curators": {
        "generation": {"work": ["view"]},
        "curation": {"curationdecision": ["view", "add"]},
    },
    "Operators": {
        "generation": {"diffusionmodel": ["view"], "job": ["view", "change"]},
        "minting": {
            "chain": ["view"],
            "collection": ["view"],
            "mint": ["view", "change"],
            "transaction": ["view"],
            "transactionattempt": ["view"],
        },
    },
}


def make_groups(apps, _schema_editor):
    """Make both groups and give them their rights; what is there already stays.

    Django makes its permissions only after the last migration, so those needed are made here, under the very names
    that Django would give them.
    """
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    content_type_model = apps.get_model("contenttypes", "ContentType")
    for group_name, by_app in RIGHTS.items():
        group, _ = group_model.objects.get_or_create(name=group_name)
        for app_label, by_model in by_app.items():
            for model_name, verbs in by_model.items():
                content_type, _ = content_type_model.objects.get_or_create(app_label=app_label, model=model_name)
                verbose_name = apps.get_model(app_label, model_name)._meta.verbose_name  # noqa: SLF001 - Django's documented model API
                for verb in verbs:
                    permission, _ = permission_model.objects.get_or_create(
                        content_type=content_type,
                        codename=f"{verb}_{model_name}",
                        defaults={"name": f"Can {verb} {verbose_name}"},
                    )
                    group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("generation", "0001_initial"),
        ("minting", "0001_initial"),
        ("curation", "0002_log_is_append_only"),
    ]

    # Backwards keeps the groups: people are in them.
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
