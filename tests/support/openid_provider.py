"""A provider on localhost by which people sign in: OpenID Connect, and GitHub's OAuth 2 with its API.

It checks what a real one checks, and can lie in every field; it knows nothing of our code.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "lagline", "a secret of this client"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Answer:
    """What an address answers instead of the truth."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    wait_s: float = 0


@dataclass
class OpenIDProvider:
    """`with OpenIDProvider() as provider:`; the attributes are what it says about the account."""

    account: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "4711",
            "preferred_username": "newlab",
            "email": "lab@mail.example",
            "email_verified": True,
        }
    )
    emails: list[Any] = field(default_factory=list)  # of GitHub's API
    id_token: dict[str, Any] = field(default_factory=dict)  # claims that differ; None: left out
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = KEY
    algorithm: str = "RS256"
    userinfo: dict[str, Any] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def issuer(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def authorize(self, address: str) -> str:
        """Sign in at an address to which we led, and return the path and query to which it leads back."""
        query = dict(parse_qsl(urlsplit(address).query))
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(12)
        self.codes[code] = query
        back = urlsplit(query["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        """Answer at the token endpoint, if code, verifier, address and client are right."""
        query = self.codes.pop(form["code"])
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == query["code_challenge"]
        assert form["redirect_uri"] == query["redirect_uri"]
        basic = base64.b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ""
        client = basic or f"{form['client_id']}:{form['client_secret']}"
        assert client == f"{CLIENT_ID}:{CLIENT_SECRET}"
        token = {"access_token": "an access token", "token_type": "bearer", "expires_in": "soon"}
        if "openid" in query["scope"]:
            token["id_token"] = self.sign(query.get("nonce"))
        return token

    def sign(self, nonce: str | None) -> str:
        """Return an ID token."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce}
        claims |= self.account | self.id_token
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.key, algorithm=self.algorithm, headers={"kid": "1"} | self.header)

    def truth(self, path: str) -> Any:
        """Return what an address answers to GET."""
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
            } | self.configuration
        if path == "/jwks":
            row = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            return {"keys": [row | {"kid": "1", "use": "sig", "alg": "RS256"}]}
        if path == "/userinfo":
            return self.account | self.userinfo
        if path == "/api/v3/user":
            return {"id": 4711, "login": self.account["preferred_username"]}
        return self.emails


def _handler(provider: OpenIDProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path in ("/userinfo", "/api/v3/user", "/api/v3/user/emails"):
                assert self.headers["Authorization"] == "Bearer an access token"
            self.answer(path, lambda: provider.truth(path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            sent = self.headers.get("Authorization", "")
            self.answer(self.path, lambda: provider.exchange(form, sent))

        def answer(self, path: str, truth: Any) -> None:
            provider.requests.append(path)
            answer = provider.answers.get(path) or Answer(body=json.dumps(truth()).encode())
            time.sleep(answer.wait_s)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # the client has seen enough
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
