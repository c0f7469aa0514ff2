"""An OpenID provider on loopback. It does as the standard says, unless a test changes
what it says of itself, of its keys, or of people."""

import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import orjson
from joserfc import jwk, jwt


class Issuer:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.address = f"127.0.0.1:{port}"
        self.key: Any = jwk.RSAKey.generate_key(2048, {"kid": "one"})
        self.algorithm = "RS256"
        self.metadata: dict[str, Any] = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
        }
        self.person: dict[str, Any] = {
            "sub": "person-1",
            "email": "alice@example.org",
            "email_verified": True,
        }
        self.claims: dict[str, Any] = {}
        """Put in place of those that are right; None leaves one out."""
        self.userinfo: dict[str, Any] = {"sub": "person-1"}
        self.token_status = 200
        self.asked: list[dict[str, str]] = []
        self.seen: list[str] = []
        self._begun: dict[str, dict[str, str]] = {}

    def agree(self, url: str) -> dict[str, str]:
        """The person agrees at the provider: what the browser comes back with."""
        query = dict(parse_qsl(urlsplit(url).query))
        code = f"code-{len(self._begun)}"
        self._begun[code] = query
        return {"state": query["state"], "code": code}

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        self.seen.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, self.metadata
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/userinfo":
            return 200, self.userinfo
        if path == "/token":
            return self._token({k: v[0] for k, v in parse_qs(body.decode()).items()})
        return 404, {}

    def _token(self, asked: dict[str, str]) -> tuple[int, Any]:
        self.asked.append(asked)
        begun = self._begun.pop(asked["code"], None)
        verifier = sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(verifier).decode().rstrip("=")
        if begun is None or begun["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        token = self.id_token(begun)
        return self.token_status, {"access_token": "access", "id_token": token}

    def id_token(self, begun: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": begun["client_id"],
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
            **self.person,
            **self.claims,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid}
        return jwt.encode(header, said, self.key, algorithms=[self.algorithm])


@contextmanager
def issuer_running() -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            status, value = issuer.answer(self.command, self.path, body)
            raw = orjson.dumps(value)
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the output of tests is theirs."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
