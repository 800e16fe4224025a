"""One check of one policy:

    lease -> fetch -> read, judge, compare (in a worker) -> decide -> conclude -> record
    leases   looking (with parts)                           capture   outcomes    store

``checker`` has it on one screen. Everything learned is written in one transaction together with the
deliveries it causes (the outbox); a crash before that leaves the store as it was, and the lease
runs out by itself.
"""

from monitor.check.checker import Checker
from monitor.check.parts import kept_parts

__all__ = ["Checker", "kept_parts"]
