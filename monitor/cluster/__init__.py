"""Checks on many machines: a queue of jobs in PostgreSQL (procrastinate), and who works on them.

    due in the store ──► batches ──► queue ──► worker ──► monitor/check/, as in the daemon

The queue holds nothing that is not in the store: a policy stays due until its check is recorded, so
a job that is lost, doubled or late costs nothing but time.
"""

from monitor.cluster.worker import Worker

__all__ = ["Worker"]
