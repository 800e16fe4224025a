"""The archive itself: a zip whose bytes follow from its content alone.

    README.txt      how to verify, and what that proves
    redline.html    the change for reading          findings.txt, findings.json
    headers.txt     what the servers answered with
    before/ after/ change/   N.what: bytes whose SHA-256 stands in entry N of the chain
    stamp/          N.tsr: a timestamp of an authority over entry N; authority.pem: its certificate
    chain.jsonl     the chain, each line exactly as it is hashed; chain.head: the last hash
    manifest.json   what each file is; SHA256SUMS: over all the others

Members are stored uncompressed, in a fixed order, under a fixed date: compressors differ from
machine to machine, and two exports of one change must be one file.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from monitor.model import to_json
from store.archive import pages
from store.archive.dossier import Dossier, Side, Vouched

FORMAT = "policywatch-evidence/1"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16


def bundle(dossier: Dossier) -> bytes:
    """The archive of a dossier: the same dossier gives the same bytes."""
    members = dict(_members(dossier))
    members["manifest.json"] = _pretty(_manifest(dossier, members))
    sums = "".join(f"{_sha256(members[name])}  {name}\n" for name in sorted(members))
    members["SHA256SUMS"] = sums.encode()
    return _zip(members)


def _members(dossier: Dossier) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", pages.readme(dossier).encode()
    yield "redline.html", pages.redline_page(dossier).encode("utf-8", "replace")
    if dossier.change is not None:
        yield "findings.txt", pages.findings_text(dossier.change).encode("utf-8", "replace")
        yield "findings.json", _pretty(to_json(dossier.change.comparison.findings))
    if headers := pages.headers_text(dossier):
        yield "headers.txt", headers.encode("utf-8", "replace")
    if dossier.before is not None:
        yield from _files("before", dossier.before.vouched)
    yield from _files("after", dossier.after.vouched)
    yield from _files("change", dossier.vouched)
    if dossier.stamp is not None:
        yield f"stamp/{dossier.stamp.seq}.tsr", dossier.stamp.token
        yield "stamp/authority.pem", dossier.stamp.certificate.encode()
    yield "chain.jsonl", "".join(f"{line}\n" for line in dossier.chain).encode()
    yield "chain.head", f"{dossier.head}\n".encode()


def _files(folder: str, vouched: tuple[Vouched, ...]) -> Iterator[tuple[str, bytes]]:
    for item in vouched:
        yield f"{folder}/{item.seq}.{item.name}", item.content


def _manifest(dossier: Dossier, members: Mapping[str, bytes]) -> dict[str, Any]:
    change = dossier.change
    return {
        "format": FORMAT,
        "policy": dossier.policy,
        "service": dossier.service,
        "change": change.id if change else None,
        "verdict": change.verdict if change else None,
        "before": _about(dossier.before) if dossier.before else None,
        "after": _about(dossier.after),
        "chain": {"entries": len(dossier.chain), "head": dossier.head},
        "timestamp": _about_stamp(dossier),
        "files": [
            {"name": name, "bytes": len(members[name]), "sha256": _sha256(members[name])}
            for name in sorted(members)
        ],
    }


def _about_stamp(dossier: Dossier) -> dict[str, Any] | None:
    stamp = dossier.stamp
    return {"entry": stamp.seq, "authority": stamp.authority} if stamp else None


def _about(side: Side) -> dict[str, Any]:
    about: dict[str, Any] = to_json(side.version)
    # Moved on by every check: it is no part of the evidence, and would change the archive.
    del about["last_seen"]
    taken = side.snapshot.taken_at if side.snapshot else None
    return about | {"raw_pages": side.snapshot is not None, "taken_at": to_json(taken)}


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _zip(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = _READABLE
            archive.writestr(entry, content)
    return file.getvalue()
