"""Attack the running service: `python -m tests.attacks [--shapes default production] [--only NAME …]`."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from tests.attacks import bombs, injection, logins, outgoing, reads, rights, sealed, sessions, slow_clients
from tests.attacks.attack import Attack, Row, carry_out
from tests.attacks.service import running

BUILD = Path(__file__).resolve().parents[2] / "build"
SHAPES = ("default", "production")
ATTACKS: tuple[Attack, ...] = (
    rights.change_anothers_submission,
    rights.change_anothers_submission_on_its_page,
    rights.set_fields_of_others,
    rights.write_without_csrf_token,
    rights.open_the_admin,
    injection.run_a_script,
    injection.leave_by_a_redirect,
    injection.read_other_files,
    injection.forge_the_host,
    injection.start_a_formula,
    sealed.read_sealed_items,
    sealed.read_a_providers_words,
    sessions.keep_a_session_after_a_new_password,
    sessions.use_staff_powers_without_a_second_factor,
    sessions.choose_a_weak_password,
    sessions.omit_headers,
    outgoing.call_an_address_inside,
    reads.decorate_addresses,
    reads.compute_by_reading,
    reads.fill_the_queue,
    bombs.json_bombs,
    bombs.upload_bombs,
    slow_clients.half_sent_heads,
    slow_clients.half_sent_bodies,
    slow_clients.dripped_bodies,
    slow_clients.silent_readers,
    slow_clients.half_sent_requests_end,
    reads.flood_of_disputes,
    reads.flood_of_reads,
    logins.guess_from_one_network,
    logins.guess_with_forged_addresses,
    logins.tell_accounts_from_answers,
    logins.lock_the_operator_out,
    sealed.find_planted_keys,
)


def attack(shape: str, *, only: Sequence[str] = (), full: bool = True) -> Iterator[Row]:
    """Attack the service in one shape; yield a row for each attack."""
    with running(shape, full=full) as service:
        for each in ATTACKS:
            if not only or each.__name__ in only:
                row = carry_out(each.__name__, each, service)
                yield replace(row, name=f"{shape}_{row.name}")


def main() -> int:
    """Carry out the attacks, print and keep the rows; fail where one succeeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--only", nargs="+", default=[], help="Names of attacks.")
    options = parser.parse_args()
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    rows: list[Row] = []
    for shape in options.shapes:
        for row in attack(shape, only=options.only):
            rows.append(row)
            verdict = "ok" if row.ok else f"NOT OK: {row.failure}"
            sys.stdout.write(f"{row.name:60} withstood {row.withstood:5} of {row.tried:5}  {verdict}\n")
            sys.stdout.flush()
            BUILD.mkdir(exist_ok=True)
            (BUILD / "attacks.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    return 0 if rows and all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
