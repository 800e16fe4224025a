"""A timestamp authority as openssl makes one, served on loopback."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

_CONFIG = """
[tsa]
default_tsa = stamps
[stamps]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_chain = no
"""


def _openssl(*arguments: object) -> None:
    command = ["openssl", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


@dataclass
class TimestampAuthority:
    """``answers`` counts the requests; with ``broken`` every answer is over something else."""

    folder: Path
    answers: list[bytes] = field(default_factory=list)
    broken: bool = False
    status: int = 200

    def __post_init__(self) -> None:
        folder = self.folder
        folder.mkdir(exist_ok=True)
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
        (folder / "leaf.ext").write_text(
            "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
            "basicConstraints=CA:FALSE\nsubjectKeyIdentifier=hash\n"
            "authorityKeyIdentifier=keyid\n"
        )
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 30, "-subj",
                 "/CN=Root of Stamps", "-keyout", folder / "root.key", "-out", folder / "root.pem",
                 "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Stamps", "-keyout",
                 folder / "tsa.key", "-out", folder / "tsa.csr")  # fmt: skip
        _openssl("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "root.pem", "-CAkey",
                 folder / "root.key", "-days", 30, "-extfile", folder / "leaf.ext", "-out",
                 folder / "tsa.pem", "-CAcreateserial")  # fmt: skip

    @property
    def root(self) -> Path:
        """Its root certificate."""
        return self.folder / "root.pem"

    def answer(self, query: bytes) -> bytes:
        """A signed answer to a request."""
        asked, reply = self.folder / "query.tsq", self.folder / "reply.tsr"
        if self.broken:
            _openssl("ts", "-query", "-digest", "ab" * 32, "-sha256", "-cert", "-out", asked)
        else:
            asked.write_bytes(query)
        _openssl("ts", "-reply", "-config", self.folder / "tsa.cnf", "-section", "stamps",
                 "-queryfile", asked, "-out", reply)  # fmt: skip
        self.answers.append(reply.read_bytes())
        return self.answers[-1]

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.headers["content-type"] == "application/timestamp-query"
                query = self.rfile.read(int(self.headers["content-length"]))
                content = outer.answer(query) if outer.status == 200 else b"busy"
                self.send_response(outer.status)
                self.send_header("content-type", "application/timestamp-reply")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}/tsr"
