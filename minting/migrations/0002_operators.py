"""The group "Operators": they see what is stuck and can try it again."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

OPERATORS = "Operators"
CODENAMES = [
    "view_chain", "view_signernonce", "view_transaction", "view_transactionattempt", "view_collection",
    "add_collection", "change_collection", "view_mint", "change_mint",
]  # fmt: skip


def make_group(apps, _schema_editor):
    # Permissions are made after all migrations; on a new database these are needed now.
    config = apps.get_app_config("minting")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=OPERATORS)
    permissions = apps.get_model("auth", "Permission").objects
    group.permissions.add(*permissions.filter(content_type__app_label="minting", codename__in=CODENAMES))


class Migration(migrations.Migration):
    dependencies = [
        ("minting", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]
