"""List the providers that have a preset: how each is called, what it can do, and where that was read."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evals.engine.capabilities import read_capabilities
from evals.engine.presets import BadPreset, Preset, presets
from evals.engine.protocols import protocol_named


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="all of it, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            known = presets()
        except BadPreset as problem:
            raise CommandError(str(problem)) from None
        if options["json"]:
            self.stdout.write(json.dumps([_told(preset) for preset in known], indent=1, ensure_ascii=False))
            return
        for preset in known:
            self.stdout.write(f"{preset.slug:14} {preset.protocol:18} {preset.base_url}")


def _told(preset: Preset) -> dict[str, Any]:
    can = read_capabilities(preset.capabilities)
    answers = sorted(protocol_named(preset.protocol).answers(can))
    return asdict(preset) | {
        "read_on": f"{preset.read_on}",
        "capabilities": asdict(can),
        "request_types": answers,
    }
