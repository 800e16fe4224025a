"""What a user names on the command line: files to read, and policies that are declared."""

from __future__ import annotations

from pathlib import Path

from monitor.config import Policy
from monitor.config_file import Configuration
from monitor.errors import ConfigError
from monitor.extraction import read_document
from monitor.model import Document

_MEDIA_TYPES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def read_file(path: Path) -> Document:
    """Read a policy from a file; the media type follows its ending. Raises ConfigError."""
    return read_document(read_bytes(path), media_type=media_type_of(path))


def read_bytes(path: Path) -> bytes:
    """The bytes of a file a user named. Raises ConfigError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check the path") from error


def media_type_of(path: Path) -> str:
    """The media type that a file's ending stands for; plain text where it is not known."""
    return _MEDIA_TYPES.get(path.suffix.lower(), "text/plain")


def declared_policy(configuration: Configuration, policy: str) -> Policy:
    """The policy that ``--policy`` names. Raises ConfigError."""
    declared = configuration.policy(policy)
    if declared is None:
        names = ", ".join(p.id for p in configuration.settings.policy) or "none"
        raise ConfigError(f'--policy: there is no policy "{policy}"; declared are: {names}')
    return declared
