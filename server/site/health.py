"""What tells operators, and what stands in front of the site, how it does: health and metrics."""

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
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
        alive = [one for one in everyone if _is_alive(one["pid"])]
        now = Counter[str]()
        for one in alive:
            now.update({**one["engine"], **one["cache"], "resident": one["resident"]})

        def total(name: str) -> Counter[str]:
            return sum((Counter(one[name]) for one in everyone), Counter())

        # Each web process can ask the engine, or else the engine is down.
        is_up = bool(alive) and now["up"] == len(alive)
        queries = {name: now[name] for name in ("waiting", "fast", "slow", "running")}
        served = f"{shared.release.folder.name} {shared.release.manifest.version}"
        for family, name, about, labels, values in (
            # What was counted since the site started. The labels of a value are apart by spaces.
            (Counts, "requests", "Requests answered.", "method status", total("requests")),
            (Counts, "sent_bytes", "Bytes of replies.", "",
             {"": sum(one["bytes"] for one in everyone)}),
            (Counts, "cache_hits", "Requests answered from the cache.", "",
             {"": sum(one["cache"]["hits"] for one in everyone)}),
            (Counts, "query_failures", "Queries that failed.", "reason", total("failures")),
            # What is so now.
            (Gauge, "web_processes", "Web processes.", "", {"": len(alive)}),
            (Gauge, "engine_up", "Whether queries can be answered.", "", {"": is_up}),
            (Gauge, "queries", "Queries now, by state.", "state", queries),
            (Gauge, "cache_bytes", "Memory of kept replies.", "", {"": now["bytes"]}),
            (Gauge, "resident_bytes", "Memory of web processes.", "", {"": now["resident"]}),
            (Gauge, "release", "The release served.", "release version", {served: 1}),
            (Gauge, "release_refused", "Whether the current one is not taken.", "",
             {"": _told(shared)["refused"] is not None}),
        ):  # fmt: skip
            metric: Any = family(f"spacelaw_{name}", about, labels=labels.split())
            for key, value in values.items():
                metric.add_metric(key.split(), float(value))
            yield metric
        yield _latencies(everyone)


def _latencies(everyone: list[dict[str, Any]]) -> Metric:
    latencies = Histogram("spacelaw_request_seconds", "Time to reply.", labels=["kind"])
    for kind in ("query", "other"):
        columns = zip(*(one["latencies"][kind] for one in everyone), strict=True)
        buckets = list(zip(_BOUNDS, accumulate(map(sum, columns)), strict=False))
        latencies.add_metric([kind], buckets, sum(one["seconds"][kind] for one in everyone))
    return latencies


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
