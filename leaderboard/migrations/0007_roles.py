"""Give every account a role: staff become operators or, if they could only view, auditors; all others submitters."""

from django.conf import settings
from django.db import migrations

VIEW = "view_"


def assign_roles(apps, schema_editor):
    """Create the groups, which `migrate` fills with permissions at its end, and add the accounts."""
    User = apps.get_model("auth", "User")
    Group = apps.get_model("auth", "Group")
    groups = {
        name: Group.objects.get_or_create(name=name)[0]
        for name in ("reader", "submitter", "moderator", "operator", "auditor")
    }
    Pseudonym = apps.get_model("evals", "AccountPseudonym")
    for user in User.objects.all():
        Pseudonym.objects.get_or_create(account=user)
        role = _role_of_staff(user) if user.is_staff and not user.is_superuser else "submitter"
        user.groups.add(groups[role])


def _role_of_staff(user):
    codenames = {
        *user.user_permissions.values_list("codename", flat=True),
        *user.groups.values_list("permissions__codename", flat=True),
    } - {None}
    only_views = codenames and all(codename.startswith(VIEW) for codename in codenames)
    return "auditor" if only_views else "operator"


class Migration(migrations.Migration):

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("evals", "0019_audit_log"),
        ("leaderboard", "0006_requested_estimates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(assign_roles, migrations.RunPython.noop)]
