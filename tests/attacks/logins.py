"""Attacks on logins: guessing passwords, locking others out, forging the client's address."""

from __future__ import annotations

from tests.attacks.attack import Count
from tests.attacks.service import OPERATOR_ADDRESS, PASSWORD, Service, log_in

FREE_GUESSES = 4
TOO_MANY = 429


def guess_from_one_network(service: Service) -> Count:
    """After a few wrong passwords, not even the right one is tried at once from the same network."""
    count, client = Count(), service.client("127.61.1.1")
    for _ in range(FREE_GUESSES + 1):
        log_in(client, "lab", "wrong")
    for guess in ("wrong", "wrong again", PASSWORD):
        response = log_in(service.client("127.61.1.1"), "lab", guess)
        count.add(response.status_code == TOO_MANY, f"a guess got {response.status_code}")
    return count


def guess_with_forged_addresses(service: Service) -> Count:
    """A forged X-Forwarded-For is no new network."""
    count = Count()
    for number in range(30):
        forged = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        response = log_in(service.client("127.62.1.1"), "lab", "wrong", **forged)
        if number > FREE_GUESSES:
            count.add(response.status_code == TOO_MANY, f"guess {number} got {response.status_code}")
    return count


def lock_the_operator_out(service: Service) -> Count:
    """Wrong passwords from elsewhere do not keep an operator from logging in."""
    count = Count()
    for number in range(10):
        client = service.client(f"127.63.{number}.1")
        for _ in range(FREE_GUESSES + 2):
            log_in(client, "root", "wrong")
        response = log_in(service.client(OPERATOR_ADDRESS), "root", PASSWORD)
        count.add(response.status_code == 302, f"the operator got {response.status_code}")
    return count


def tell_accounts_from_answers(service: Service) -> Count:
    """A wrong password and an unknown account are answered alike."""
    count = Count()
    known = log_in(service.client("127.64.1.1"), "lab", "wrong")
    unknown = log_in(service.client("127.64.2.1"), "nobody", "wrong")
    texts = [response.text.replace("nobody", "lab") for response in (known, unknown)]
    length = abs(len(texts[0]) - len(texts[1]))
    count.add(
        known.status_code == unknown.status_code and length < 100, f"they differ by {length} characters"
    )
    return count
