"""Evidence for others: one archive about one change, to be verified without this software.

``dossier`` reads what an archive is about, ``pages`` puts it into words, ``members`` makes the zip.
docs/evidence.md says what an archive proves.
"""

from store.archive.dossier import Dossier, collect
from store.archive.members import bundle

__all__ = ["Dossier", "bundle", "collect"]
