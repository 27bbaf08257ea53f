"""TXT records are read from the answers of a resolver, over UDP and TCP; other answers are refused."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from evals.operations.verifications.txt_records import (
    LookupFailed,
    decode_answer,
    encode_question,
    look_up_txt,
    system_resolvers,
)
from tests.support.name_server import NameServer

NAME = "_lagline.alpha.example"


def reply_to(question: bytes, *texts: bytes, flags: int = 0x8180, number: int | None = None) -> bytes:
    given = struct.unpack("!H", question[:2])[0] if number is None else number
    answers = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 60, len(text)) + text for text in texts)
    return struct.pack("!6H", given, flags, 1, len(texts), 0, 0) + question[12:] + answers


@contextmanager
def resolver(*, truncates: bool = False, text: bytes = b"\x05proof") -> Iterator[tuple[str, int]]:
    """Run a resolver on this machine that answers every question with a text."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", 0))
        tcp.bind(udp.getsockname())
        tcp.listen()

        def answer_udp() -> None:
            question, client = udp.recvfrom(4096)
            flags = 0x8380 if truncates else 0x8180
            udp.sendto(reply_to(question, *(() if truncates else (text,)), flags=flags), client)

        def answer_tcp() -> None:
            connection, _ = tcp.accept()
            with connection:
                question = connection.recv(4096)[2:]
                reply = reply_to(question, text)
                connection.sendall(struct.pack("!H", len(reply)) + reply)

        threading.Thread(target=answer_udp, daemon=True).start()
        if truncates:
            threading.Thread(target=answer_tcp, daemon=True).start()
        yield udp.getsockname()


@pytest.mark.parametrize("truncates", [False, True])
def test_the_texts_of_a_name_are_returned_over_udp_and_over_tcp_if_they_are_long(truncates: bool) -> None:
    with resolver(truncates=truncates) as server:
        assert look_up_txt(NAME, servers=[server]) == ["proof"]


def test_the_next_resolver_is_asked_if_one_does_not_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        silent = closed.getsockname()
    with resolver() as server:
        assert look_up_txt(NAME, servers=[silent, server]) == ["proof"]
    with pytest.raises(LookupFailed):
        look_up_txt(NAME, servers=[silent])


def test_parts_of_a_text_are_joined_and_other_records_are_passed_over() -> None:
    question = encode_question(NAME, 7)
    reply = bytearray(reply_to(question, b"\x02ab\x01c", b"\x01d"))
    assert decode_answer(bytes(reply), 7, question) == ["abc", "d"]
    reply[len(question) + 3] = 5  # the first is a CNAME
    assert decode_answer(bytes(reply), 7, question) == ["d"]


def test_a_name_that_does_not_exist_has_no_texts() -> None:
    question = encode_question(NAME, 7)
    assert decode_answer(reply_to(question, flags=0x8183), 7, question) == []


@pytest.mark.parametrize(
    "reply",
    [
        reply_to(encode_question(NAME, 7), b"\x01a", number=8),
        reply_to(encode_question("other.example", 7), b"\x01a"),
        reply_to(encode_question(NAME, 7), b"\x01a", flags=0x0100),
        reply_to(encode_question(NAME, 7), flags=0x8182),
        reply_to(encode_question(NAME, 7), b"\x01a")[:-1],
    ],
    ids=["number", "question", "no answer", "server failure", "cut off"],
)
def test_an_answer_to_another_question_or_a_broken_one_is_refused(reply: bytes) -> None:
    with pytest.raises(ValueError, match="answer"):
        decode_answer(reply, 7, encode_question(NAME, 7))


@pytest.mark.parametrize("name", ["", "a..b", "ü.example", "x" * 64 + ".example"])
def test_a_bad_name_is_not_asked_for(name: str) -> None:
    with pytest.raises((UnicodeError, ValueError)):
        encode_question(name, 1)


def test_the_resolvers_are_those_of_the_system(tmp_path: object) -> None:
    path = tmp_path / "resolv.conf"  # type: ignore[operator]
    path.write_text("# a comment\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n")
    assert system_resolvers(path) == [("192.0.2.1", 53), ("2001:db8::1", 53)]
    assert system_resolvers(path.with_name("none")) == [("127.0.0.1", 53)]


def test_the_resolvers_of_the_settings_are_asked_instead_of_those_of_the_system(settings: Settings) -> None:
    with NameServer({NAME: "proof"}) as server:
        host, _, port = server.address.partition(":")
        settings.DNS_RESOLVERS = [(host, int(port))]
        assert look_up_txt(NAME) == ["proof"]
        assert look_up_txt("_lagline.beta.example") == [], "a name that does not exist has no text"
