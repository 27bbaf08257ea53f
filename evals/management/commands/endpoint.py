"""Put an endpoint on record: how a model is called. The secret stays in the environment."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evals.engine.presets import BadPreset, UnknownPreset, read_preset
from evals.operations.endpoints.registration import register_endpoint
from evals.operations.refusals import Refused


def price(text: str) -> Decimal:
    """Read a price in US dollars per million tokens."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite() or amount < 0:
        raise ValueError(text)
    return amount


def _of_preset(options: dict[str, Any]) -> dict[str, Any]:
    """Return what a preset says where the command line does not."""
    given = {
        name: options[name] for name in ("provider", "protocol", "base_url", "credential", "capabilities")
    }
    if not options["preset"]:
        if not given["protocol"] or not given["base_url"]:
            raise CommandError("Name a provider by --preset, or give --protocol and --base-url.")
        return given | {"internal_allowed": options["internal"]}
    preset = read_preset(options["preset"])
    defaults = asdict(preset) | {"provider": preset.slug}
    given = {name: value or defaults[name] for name, value in given.items()}
    return given | {"internal_allowed": options["internal"] or preset.internal}


def capabilities(text: str) -> dict[str, Any]:
    """Read capabilities, an object in JSON."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(text)
    return value


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the endpoint's own name")
        parser.add_argument("--model", required=True, help="slug of the model that it serves")
        parser.add_argument("--provider", default="", help="who serves it; by default the address's host")
        parser.add_argument("--preset", default="", help="a provider of `manage.py presets`")
        parser.add_argument("--protocol", default="", help="API family, such as openai-chat")
        parser.add_argument("--base-url", default="", help="https address up to the version, such as .../v1")
        parser.add_argument(
            "--capabilities",
            type=capabilities,
            metavar="JSON",
            help='such as {"stop": false}; else the preset\'s',
        )
        parser.add_argument("--api-model", required=True, help="the model's name in requests")
        parser.add_argument(
            "--credential", default="", metavar="NAME", help="the secret is the setting CREDENTIAL_<NAME>"
        )
        parser.add_argument("--internal", action="store_true", help="vouch for an address inside our network")
        parser.add_argument("--simulated", action="store_true", help="its runs never become scores")
        parser.add_argument("--max-concurrency", type=int, default=8, help="calls at the same time")
        parser.add_argument("--timeout-s", type=int, default=300, help="seconds that one call may take")
        parser.add_argument("--requests-per-minute", type=int, help="what the provider allows")
        parser.add_argument("--tokens-per-minute", type=int, help="what the provider allows")
        parser.add_argument("--input-usd-per-mtok", type=price, help="price of a million tokens in")
        parser.add_argument("--output-usd-per-mtok", type=price, help="price of a million tokens out")

    def handle(self, *args: Any, **options: Any) -> None:
        given = {
            name: options[name]
            for name in (
                "slug",
                "model",
                "provider",
                "protocol",
                "base_url",
                "api_model",
                "credential",
                "simulated",
                "max_concurrency",
                "timeout_s",
                "requests_per_minute",
                "tokens_per_minute",
                "input_usd_per_mtok",
                "output_usd_per_mtok",
            )
        }
        try:
            given |= _of_preset(options)
            endpoint = register_endpoint(**given)
        except (BadPreset, UnknownPreset) as problem:
            raise CommandError(str(problem)) from None
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(
            f"{endpoint.slug}: {options['model']} through {endpoint.protocol} at {endpoint.base_url}"
        )
