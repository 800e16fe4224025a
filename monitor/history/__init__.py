"""Recorded history: archives of texts, their import into the store, and backtests over them."""

from monitor.history.figures import Event, Figures, PolicyFigures, Sums, figures_of, sums_of
from monitor.history.folder import DatedFiles
from monitor.history.ota import OpenTermsArchive, is_repository
from monitor.history.recorded import Archive, Content, History, Record, Skipped
from monitor.history.replay import Capture, Position, Rules, Step, advance

__all__ = [
    "Archive",
    "Capture",
    "Content",
    "DatedFiles",
    "Event",
    "Figures",
    "History",
    "OpenTermsArchive",
    "PolicyFigures",
    "Position",
    "Record",
    "Rules",
    "Skipped",
    "Step",
    "Sums",
    "advance",
    "figures_of",
    "is_repository",
    "sums_of",
]
