"""Apart from the migration that fills the column: PostgreSQL alters no table with pending foreign keys."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evals", "0021_owners")]

    operations = [
        migrations.AlterField(
            model_name='submission',
            name='owner',
            field=models.ForeignKey(help_text='For whom the submitter submitted it: themselves, or an organisation.', on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='evals.owner'),
        ),
    ]
