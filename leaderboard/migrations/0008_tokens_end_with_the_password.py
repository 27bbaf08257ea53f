"""Tokens know the password hash of their account; those on record keep working until the next change."""

from hashlib import sha256

from django.db import migrations, models


def remember_passwords(apps, schema_editor):
    for token in apps.get_model("leaderboard", "ApiToken").objects.select_related("user").iterator():
        token.password_digest = sha256(token.user.password.encode()).hexdigest()
        token.save(update_fields=["password_digest"])


class Migration(migrations.Migration):
    dependencies = [("leaderboard", "0007_roles"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.AddField(
            "apitoken",
            "password_digest",
            models.CharField(
                default="",
                help_text="Of the account's password hash at issue: a new password ends the token.",
                max_length=64,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(remember_passwords, migrations.RunPython.noop),
    ]
