"""Settings are typed, and a bad one is refused by name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from leaderboard.environment import Environment, kept_secret
from leaderboard.rate_limiter import Rate
from leaderboard.sign_in_settings import read_sign_in_providers

ROOT = Path(__file__).resolve().parents[2]


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        Environment({}).text("SECRET_KEY")


def test_a_setting_that_was_replaced_is_refused_with_its_replacement() -> None:
    Environment({}).refuse_removed("BEHIND_PROXY", "Set TRUSTED_PROXIES.")
    with pytest.raises(ImproperlyConfigured, match=r"BEHIND_PROXY no longer exists. Set TRUSTED_PROXIES"):
        Environment({"BEHIND_PROXY": "on"}).refuse_removed("BEHIND_PROXY", "Set TRUSTED_PROXIES.")


def test_a_rate_is_read_or_switched_off() -> None:
    assert Environment({}).rate("READ_RATE", "4000/min") == Rate(4000, 60)
    assert Environment({"READ_RATE": "9/sec"}).rate("READ_RATE", "4000/min") == Rate(9, 1)
    assert Environment({"READ_RATE": "off"}).rate("READ_RATE", "4000/min") is None
    with pytest.raises(ImproperlyConfigured, match=r"READ_RATE is '9/week'; it must be off, or a number per"):
        Environment({"READ_RATE": "9/week"}).rate("READ_RATE", "4000/min")


@pytest.mark.parametrize(("value", "meant"), [("on", True), ("1", True), ("False", False), ("off", False)])
def test_a_flag_is_read(value: str, meant: bool) -> None:
    assert Environment({"DEBUG": value}).flag("DEBUG", default=not meant) is meant


def test_servers_have_a_port_or_the_default_one() -> None:
    given = Environment({"DNS_RESOLVERS": "192.0.2.1, 192.0.2.2:5353, [2001:db8::1]:54"})
    assert given.servers("DNS_RESOLVERS", default_port=53) == [
        ("192.0.2.1", 53),
        ("192.0.2.2", 5353),
        ("2001:db8::1", 54),
    ]
    assert Environment({}).servers("DNS_RESOLVERS", default_port=53) == []


@pytest.mark.parametrize("value", ["resolver.example", "192.0.2.1:many", "192.0.2.1:99999", "[2001:db8::1"])
def test_a_bad_server_is_refused_by_name(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DNS_RESOLVERS contains"):
        Environment({"DNS_RESOLVERS": value}).servers("DNS_RESOLVERS", default_port=53)


def test_a_bad_flag_names_itself_and_what_is_allowed() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"DEBUG is 'maybe'; it must be one of 1, true"):
        Environment({"DEBUG": "maybe"}).flag("DEBUG", default=False)


@pytest.mark.parametrize("value", ["three", "-1", "1.5"])
def test_a_bad_number_names_itself_and_its_least(value: str) -> None:
    with pytest.raises(
        ImproperlyConfigured, match=f"WORKERS is '{value}'; it must be a whole number, at least 1"
    ):
        Environment({"WORKERS": value}).integer("WORKERS", 2, least=1)


def test_a_url_of_another_kind_is_refused_without_its_password() -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL starts with 'mysql'") as refusal:
        Environment({"DATABASE_URL": "mysql://me:hunter2@host/db"}).url(
            "DATABASE_URL", "", schemes={"sqlite"}
        )
    assert "hunter2" not in str(refusal.value)


def test_a_database_url_that_cannot_be_read_shows_no_part_of_its_password() -> None:
    variables = {"DATABASE_URL": "postgres://me:hunter/2@host/db"}
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL cannot be read") as refusal:
        Environment(variables).database("DATABASE_URL", "", schemes={"postgres"})
    assert "hunter" not in str(refusal.value)


def test_a_list_is_written_with_commas() -> None:
    assert Environment({"HOSTS": "a.example, b.example,"}).names("HOSTS", []) == ["a.example", "b.example"]


def test_a_database_url_gives_the_settings_of_django() -> None:
    assert environ.Env.db_url_config("sqlite:////srv/lagline.sqlite3")["NAME"] == "/srv/lagline.sqlite3"
    settings = environ.Env.db_url_config(
        "postgres://lag%40line:p%40ss%2Fword@db.example:5433/record?sslmode=require"
    )
    assert settings == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "record",
        "USER": "lag@line",
        "PASSWORD": "p@ss/word",
        "HOST": "db.example",
        "PORT": 5433,
        "OPTIONS": {"sslmode": "require"},
    }
    assert environ.Env.db_url_config("postgres://postgres@127.0.0.1/x")["PORT"] == ""


def test_a_database_url_keeps_sockets_connection_ages_and_signs_in_passwords() -> None:
    socket = environ.Env.db_url_config("postgres:////var/run/pg/record")
    assert (socket["HOST"], socket["NAME"]) == ("/var/run/pg", "record")
    aged = environ.Env.db_url_config("postgres://lag:word@db.example/record?conn_max_age=60")
    assert (aged["CONN_MAX_AGE"], aged["OPTIONS"]) == (60, {})
    assert environ.Env.db_url_config("postgres://lag:pass#word@db.example/record")["PASSWORD"] == "pass#word"


def test_a_kept_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "secret_key")
    assert len(first) > 40
    assert kept_secret(tmp_path / "secret_key") == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_missing_setting_ends_a_command_with_one_sentence(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "PUBLIC_URL": "https://lagline.example",
    }
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr.strip() == "SECRET_KEY is not set. Set it in the environment: it has no default."


ACME = {
    "SIGN_IN_ACME_ISSUER": "https://login.acme.example/",
    "SIGN_IN_ACME_ID": "lagline",
    "SIGN_IN_ACME_SECRET": "a-secret-of-this-client",
}


def test_providers_of_sign_in_are_read() -> None:
    variables = ACME | {"SIGN_IN_GITHUB_ID": "id", "SIGN_IN_GITHUB_SECRET": "another-secret"}
    github, acme = read_sign_in_providers(Environment(variables), ["github", "acme"])
    assert (github.label, github.issuer) == ("GitHub", "https://github.com")
    assert (acme.name, acme.label, acme.issuer) == ("acme", "Acme", "https://login.acme.example")
    assert acme.secret == "a-secret-of-this-client"
    assert "a-secret-of-this-client" not in repr(acme)


def test_the_secret_of_a_provider_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a-secret-in-a-file\n")
    variables = ACME | {"SIGN_IN_ACME_SECRET": "", "SIGN_IN_ACME_SECRET_FILE": str(tmp_path / "secret")}
    assert read_sign_in_providers(Environment(variables), ["acme"])[0].secret == "a-secret-in-a-file"


@pytest.mark.parametrize(
    ("names", "change", "message"),
    [
        (["acme"], {"SIGN_IN_ACME_ID": ""}, "SIGN_IN_ACME_ID is not set"),
        (["acme"], {"SIGN_IN_ACME_ISSUER": ""}, "SIGN_IN_ACME_ISSUER is not set"),
        (["acme"], {"SIGN_IN_ACME_SECRET": ""}, "SIGN_IN_ACME_SECRET is not set"),
        (["acme"], {"SIGN_IN_ACME_SECRET": "hunter two"}, "SIGN_IN_ACME_SECRET must have"),
        (["acme"], {"SIGN_IN_ACME_ISSUER": "http://login.acme.example"}, "SIGN_IN_ACME_ISSUER must be"),
        (["acme"], {"SIGN_IN_ACME_ISSUER": "https://a:hunter@b.example"}, "SIGN_IN_ACME_ISSUER must be"),
        (["acme"], {"SIGN_IN_ACME_LABEL": "x" * 41}, "SIGN_IN_ACME_LABEL must have"),
        (["Acme!"], {}, "SIGN_IN_PROVIDERS names 'Acme!'"),
        (["acme", "acme"], {}, "two providers of the same name"),
    ],
)
def test_a_bad_provider_is_refused_without_its_secret(
    names: list[str], change: dict[str, str], message: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=message) as refusal:
        read_sign_in_providers(Environment(ACME | change), names)
    assert "hunter" not in str(refusal.value)
    assert "a-secret-of-this-client" not in str(refusal.value)
