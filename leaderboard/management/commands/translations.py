"""Keep the catalogues of translations: collect what is to be translated, and compile what is."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from leaderboard.management import messages


class Command(BaseCommand):
    """Bring every language's catalogue up to date, say what it lacks, and compile it."""

    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the one option."""
        parser.add_argument("--compile", action="store_true", help="compile only, as a build does")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the languages."""
        template = None if options["compile"] else messages.collect_messages()
        for language in messages.list_languages():
            if template is not None:
                lacking = messages.find_untranslated(messages.update_catalogue(language, template), template)
                self.stdout.write(f"{language}: {len(template) - len(lacking)} of {len(template)} messages")
                self.stdout.writelines(f"  lacks {text!r}\n" for text in lacking)
            messages.compile_catalogue(language)
