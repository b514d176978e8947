"""What tells operators, and what stands in front of the site, how it does: health and metrics."""

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, cast

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily as Counts
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import HistogramMetricFamily as Histogram
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from server.http.metrics import LATENCIES, written
from server.release.shelf import SERVED
from server.site.responses import Services, services

_BOUNDS = [*map(str, LATENCIES), "+Inf"]
_NOT_KEPT = {"Cache-Control": "no-store"}

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> Response:
    """Tell that this web process answers."""
    return _answer({"status": "live"})


@blueprint.get("/health/ready")
def ready() -> Response:
    """Tell whether the site can answer everything, and from what; 503 where it cannot.

    `refused` is a current release that was not taken. A full disk stops only large results.
    """
    shared = services()
    engine, supervisor = shared.engine.status(), _told(shared)
    answer = {
        "status": "ready" if engine["up"] else "not ready",
        "release": shared.release.folder.name,
        "version": shared.release.manifest.version,
        "refused": supervisor["refused"],
        "looked": supervisor["looked"],
        "engine": engine,
        "disk": {"free_bytes": shutil.disk_usage(tempfile.gettempdir()).free},
    }
    return _answer(answer, 200 if engine["up"] else 503)


def _told(shared: Services) -> dict[str, Any]:
    """Return what the supervisor tells: what it looked at last, and what it refused."""
    if shared.runtime is None:
        return {"refused": None, "looked": 0}
    state: dict[str, Any] = json.loads((shared.runtime / SERVED).read_text("utf-8"))
    return state


def _answer(answer: object, status: int = 200) -> Response:
    text = json.dumps(answer, indent=2) + "\n"
    return Response(text, status, _NOT_KEPT, content_type="application/json")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Tell what was counted since the site started, in the format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Site())
    return Response(generate_latest(registry), 200, _NOT_KEPT, content_type=CONTENT_TYPE_LATEST)


class _Site(Collector):
    """The sums of what all web processes wrote; of what is so now, that of those alive."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        shared = services()
        everyone = list(written(shared.runtime)) if shared.runtime else []
        yield from _counted(everyone)
        alive = [one for one in everyone if _is_alive(one["pid"])]
        yield Gauge("spacelaw_web_processes", "Web processes.", len(alive))
        states = Counter[str]()
        for one in alive:
            states.update({**one["engine"], **one["cache"], "resident": one["resident"]})
        # Each web process can ask the engine, or else the engine is down.
        up = float(bool(alive) and states["up"] == len(alive))
        yield Gauge("spacelaw_engine_up", "Whether queries can be answered.", up)
        queries = {name: states[name] for name in ("waiting", "fast", "slow", "running")}
        yield _labelled(Gauge, "spacelaw_queries", "Queries now, by state.", ["state"], queries)
        yield Gauge("spacelaw_cache_bytes", "Memory of kept replies.", states["bytes"])
        yield Gauge("spacelaw_resident_bytes", "Memory of web processes.", states["resident"])
        served = {f"{shared.release.folder.name} {shared.release.manifest.version}": 1}
        labels = ["release", "version"]
        yield _labelled(Gauge, "spacelaw_release", "The release served.", labels, served)
        refused = float(_told(shared)["refused"] is not None)
        yield Gauge("spacelaw_release_refused", "Whether the current one is not taken.", refused)


def _counted(everyone: list[dict[str, Any]]) -> Iterator[Metric]:
    """Yield what was counted since the site started."""

    def total(name: str) -> Counter[str]:
        return sum((Counter(one[name]) for one in everyone), Counter())

    labels = ["method", "status"]
    requests = total("requests")
    yield _labelled(Counts, "spacelaw_requests", "Requests answered.", labels, requests)
    sent = sum(one["bytes"] for one in everyone)
    yield Counts("spacelaw_sent_bytes", "Bytes of replies.", sent)
    latencies = Histogram("spacelaw_request_seconds", "Time to reply.", labels=["kind"])
    for kind in ("query", "other"):
        columns = zip(*(one["latencies"][kind] for one in everyone), strict=True)
        buckets = list(zip(_BOUNDS, accumulate(map(sum, columns)), strict=False))
        latencies.add_metric([kind], buckets, sum(one["seconds"][kind] for one in everyone))
    yield latencies
    hits = sum(one["cache"]["hits"] for one in everyone)
    yield Counts("spacelaw_cache_hits", "Requests answered from the cache.", hits)
    failures = total("failures")
    yield _labelled(Counts, "spacelaw_query_failures", "Queries that failed.", ["reason"], failures)


def _labelled(
    family: type[Any], name: str, about: str, labels: list[str], values: dict[str, int]
) -> Metric:
    """Return a metric with a value for each key: what the labels are, apart by spaces."""
    metric: Any = family(name, about, labels=labels)
    for key, value in values.items():
        metric.add_metric(key.split(), value)
    return cast(Metric, metric)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
