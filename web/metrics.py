"""Prometheus metrics: what the store holds, and what this process did since it started."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_BY_STATE = ("policies", "deliveries")


class _StoreGauges(Collector):
    """Reads the store's counts at each scrape; "policies_ok" becomes policies{state="ok"}."""

    def __init__(self, counts: Callable[[], Mapping[str, int]]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for name, value in self._counts().items():
            group, _, label = name.partition("_")
            if group not in _BY_STATE:
                group, label = name, ""
            elif not label:
                continue  # the sum over the states
            family = families.setdefault(
                group,
                GaugeMetricFamily(
                    f"policywatch_{group}",
                    f"{group} in the store",
                    labels=["state"] if label else None,
                ),
            )
            family.add_metric([label] if label else [], value)
        yield from families.values()


class Metrics:
    """The counters of one process and the gauges of its store."""

    def __init__(self, counts: Callable[[], Mapping[str, int]]) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_StoreGauges(counts))
        self._checks = Counter(
            "policywatch_checks", "Checks done, by result", ["result"], registry=self.registry
        )
        self._seconds = Histogram(
            "policywatch_check_seconds", "Duration of a check", registry=self.registry
        )
        self._errors = Counter(
            "policywatch_fetch_errors", "Failed checks, by kind", ["kind"], registry=self.registry
        )
        self._sent = Counter(
            "policywatch_delivery_attempts", "Deliveries attempted", registry=self.registry
        )
        self._reloads = Counter(
            "policywatch_config_reloads", "Reloads, by outcome", ["outcome"], registry=self.registry
        )

    def check_done(self, result: str, seconds: float, error_kind: str = "") -> None:
        """Count a finished check."""
        self._checks.labels(result).inc()
        self._seconds.observe(seconds)
        if error_kind:
            self._errors.labels(error_kind).inc()

    def deliveries_attempted(self, count: int) -> None:
        """Count delivery attempts."""
        self._sent.inc(count)

    def config_reloaded(self, outcome: str) -> None:
        """Count a reload ("ok" or "refused")."""
        self._reloads.labels(outcome).inc()

    def render(self) -> bytes:
        """The text exposition format."""
        return generate_latest(self.registry)
