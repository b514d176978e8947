"""The metrics of all web processes in the format of Prometheus."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily as Counts
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import HistogramMetricFamily as Histogram
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from server.http.metrics import LATENCIES, written
from server.site.health import told
from server.site.responses import services

blueprint = Blueprint("metrics", __name__)
_BOUNDS = [*map(str, LATENCIES), "+Inf"]


@blueprint.get("/metrics")
def metrics() -> Response:
    """Tell what was counted since the site started."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Site())
    headers = {"Cache-Control": "no-store"}
    return Response(generate_latest(registry), 200, headers, content_type=CONTENT_TYPE_LATEST)


class _Site(Collector):
    """The sums of what all web processes wrote; of what is so now, that of those alive."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        shared = services()
        everyone = list(written(shared.runtime)) if shared.runtime else []
        yield from _requests(everyone)
        yield from _queries(everyone)
        alive = [one for one in everyone if _is_alive(one["pid"])]
        yield _gauge("spacelaw_web_processes", "Web processes.", len(alive))
        states = Counter[str]()
        for one in alive:
            states.update({**one["engine"], **one["cache"], "resident": one["resident"]})
        # Each web process can ask the engine, or else the engine is down.
        up = float(bool(alive) and states["up"] == len(alive))
        yield _gauge("spacelaw_engine_up", "Whether queries can be answered.", up)
        running = Gauge("spacelaw_queries", "Queries now, by state.", labels=["state"])
        for state in ("waiting", "fast", "slow", "running"):
            running.add_metric([state], states[state])
        yield running
        yield _gauge("spacelaw_cache_bytes", "Memory of kept replies.", states["bytes"])
        yield _gauge("spacelaw_resident_bytes", "Memory of web processes.", states["resident"])
        manifest = shared.release.manifest
        release = Gauge("spacelaw_release", "The release served.", labels=["release", "version"])
        release.add_metric([shared.release.folder.name, manifest.version], 1)
        yield release
        refused = float(told(shared)["refused"] is not None)
        yield _gauge("spacelaw_release_refused", "Whether the current one is not taken.", refused)


def _requests(everyone: list[dict[str, Any]]) -> Iterator[Metric]:
    requests = Counts("spacelaw_requests", "Requests answered.", labels=["method", "status"])
    for key, count in _sum(everyone, "requests").items():
        requests.add_metric(key.split(), count)
    yield requests
    sent = sum(one["bytes"] for one in everyone)
    yield _count("spacelaw_sent_bytes", "Bytes of replies.", sent)
    latencies = Histogram("spacelaw_request_seconds", "Time to reply.", labels=["kind"])
    for kind in ("query", "other"):
        counts = (
            sum(column) for column in zip(*(p["latencies"][kind] for p in everyone), strict=True)
        )
        buckets = list(zip(_BOUNDS, accumulate(counts), strict=False))
        latencies.add_metric([kind], buckets, sum(one["seconds"][kind] for one in everyone))
    yield latencies
    yield _count("spacelaw_cache_hits", "Requests answered from the cache.",
                 sum(one["cache"]["hits"] for one in everyone))  # fmt: skip


def _queries(everyone: list[dict[str, Any]]) -> Iterator[Metric]:
    failures = Counts("spacelaw_query_failures", "Queries that failed.", labels=["reason"])
    for reason, count in _sum(everyone, "failures").items():
        failures.add_metric([reason], count)
    yield failures


def _sum(everyone: list[dict[str, Any]], name: str) -> Mapping[str, int]:
    total = Counter[str]()
    for one in everyone:
        total.update(one[name])
    return total


def _gauge(name: str, about: str, value: float) -> Metric:
    return Gauge(name, about, value=value)


def _count(name: str, about: str, value: float) -> Metric:
    return Counts(name, about, value=value)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
