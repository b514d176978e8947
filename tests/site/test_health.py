"""What operators see of a site: health, metrics, and the id of each request."""

import json
import os
import re
import signal
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.release.reader import Release
from tests.awkward import BASE
from tests.http.test_web_processes import web
from tests.processes import eventually
from tests.served import Client, served

ROOT = Path(__file__).parents[2]
PAGE = "/doc/id/dataset.ttl"


def samples(client: Client) -> dict[str, float]:
    """Return the metrics by name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_site_that_answers_is_live_and_ready(client: Client) -> None:
    assert client.get("/health/live").json == {"status": "live"}
    answer = client.get("/health/ready")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["refused"] is None
    assert answer.json["disk"]["free_bytes"] > 0


def test_without_its_query_engine_a_site_is_not_ready(awkward: Release) -> None:
    with served(
        awkward.folder.parent, BASE, SPACELAW_STORE="http://127.0.0.1:1/", SPACELAW_WEB_WORKERS="1"
    ) as client:
        assert client.get("/health/ready").status_code == 200
        assert client.get("/sparql?query=ASK%7B%7D").status_code == 503
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json["status"]) == (503, "not ready")
        assert client.get("/health/live").status_code == 200


def test_metrics_count_across_processes_and_over_their_deaths(awkward: Release) -> None:
    with served(awkward.folder.parent, BASE, SPACELAW_WEB_WORKERS="2") as client:
        for _ in range(20):
            assert client.get(PAGE).status_code == 200
        assert client.get("/sparql?query=ASK+%7B").status_code == 400
        deep = (
            "/sparql?timeout=0.2&query=SELECT+*%7B"
            + "?a+?b+?c.?d+?e+?f.?g+?h+?i.?j+?k+?l.?m+?n+?o%7D"
        )
        assert client.get(deep).status_code == 504
        # Each process tells its counts once a second.
        eventually(lambda: samples(client).get("spacelaw_requests_total GET 504") == 1)
        eventually(lambda: samples(client).get("spacelaw_requests_total GET 200", 0) >= 20)
        before = samples(client)
        assert before["spacelaw_requests_total GET 200"] >= 20
        assert before["spacelaw_requests_total GET 400"] == 1
        assert before["spacelaw_query_failures_total deadline"] == 1
        assert before["spacelaw_request_seconds_count query"] == 2
        assert before["spacelaw_cache_hits_total"] >= 1
        assert before["spacelaw_web_processes"] == 2
        assert before["spacelaw_resident_bytes"] > 2 * 1024**2
        assert before["spacelaw_engine_up"] == 1
        assert before[f"spacelaw_release {awkward.folder.name} {awkward.manifest.version}"] == 1
        os.kill(min(web(client.pid)), signal.SIGKILL)
        eventually(lambda: samples(client)["spacelaw_web_processes"] == 2, 60)
        after = samples(client)
        assert after["spacelaw_requests_total GET 400"] == 1
        assert after["spacelaw_requests_total GET 200"] >= 20


def test_the_dashboard_shows_metrics_that_there_are(client: Client) -> None:
    text = (ROOT / "deploy" / "grafana.json").read_text("utf-8")
    shown = set(re.findall(r"spacelaw_\w+", text))
    failures = {"spacelaw_query_failures_total"}  # of which there are none yet
    assert shown
    # Counts are written once a second.
    eventually(lambda: shown <= {name.split()[0] for name in samples(client)} | failures)
    assert json.loads(text)["panels"]


@pytest.mark.parametrize(
    "given", ["a1b2-c3", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]
)
def test_the_id_of_a_request_is_sent_back(client: Client, given: str) -> None:
    for path in (PAGE, PAGE, "/doc/id/none", "/sparql?query=ASK+%7B"):
        assert client.get(path, headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


def test_a_request_without_a_good_id_gets_one_of_its_own(client: Client) -> None:
    ids = [client.get(PAGE, headers={"X-Request-Id": bad}).headers["X-Request-Id"]
           for bad in ("", "a b", "<script>", "x" * 200)]  # fmt: skip
    ids += [client.get(PAGE).headers["X-Request-Id"] for _ in range(3)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f-]+", one) for one in ids)
