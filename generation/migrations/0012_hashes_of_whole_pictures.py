from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Beside the previous release, which goes on writing: built without locking it out.
    atomic = False

    dependencies = [
        ("generation", "0011_upscaling"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="perceptualhash",
            index=models.Index(
                condition=models.Q(("place", 0)), fields=["id"], include=("bits",), name="hashes_of_whole_pictures"
            ),
        ),
    ]
