"""Worker processes that can be killed: hostile bytes are read there, never in the daemon itself.

run(function, *args) -> a free worker -> result | ExtractionError

pool      Workers: hands out tasks, kills what is too slow, words what went wrong
nursery   one process that has loaded everything, and forks workers that share its memory
life      what a worker does from its first moment to its last
"""

from monitor.workers.pool import Workers

__all__ = ["Workers"]
