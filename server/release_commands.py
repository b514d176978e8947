"""The commands that show, remove and change the releases that a site serves."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import click

from server.options import settings
from server.release import shelf
from server.release.manifest import CURRENT, Manifest
from server.settings import Config, authority, reachable

_WAIT_SECONDS = 900.0  # for which a reload waits: a large release takes minutes to get ready
_POLL_SECONDS = 0.1


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, an object a line.")
def releases(as_json: bool) -> None:
    """List the releases, the newest first: which is current, which are served."""
    for one in shelf.kept(Config.from_environment().releases):
        made = datetime.fromtimestamp(one.made, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        states = {"current": one.is_current, "served": one.is_served}
        about = {
            "release": one.folder.name,
            "version": one.manifest.version,
            "made": made,
            "quads": one.manifest.quads,
            "base": one.manifest.base,
        }
        if as_json:
            click.echo(json.dumps({**about, **states}))
        else:
            told = ", ".join(state for state, holds in states.items() if holds)
            click.echo("  ".join(map(str, (*about.values(), told))).rstrip())


@click.command()
@click.option("--keep", type=click.IntRange(min=1), help="How many; else SPACELAW_KEEP_RELEASES.")
def prune(keep: int | None) -> None:
    """Remove all but the newest releases of each base; never one that is current or served."""
    config = Config.from_environment()
    for name in shelf.prune(config.releases, keep or config.keep_releases):
        click.echo(name)


@click.command()
@click.argument("release", required=False)
@settings("host", "port", "base", "releases")
def reload(release: str | None) -> None:
    """Have the running site take the current release, or make RELEASE the current one first.

    A site follows the current release by itself; this waits until it does, and tells why if not.
    An earlier RELEASE is taken like any other.
    """
    config = Config.from_environment()
    if release:
        Manifest.read(config.releases / release)
        shelf.point(config.releases, config.releases / release)
    wanted = Manifest.read(config.releases / CURRENT).release
    (config.releases / shelf.RELOAD).touch()
    stamp = (config.releases / shelf.RELOAD).stat().st_mtime_ns
    end = time.monotonic() + _WAIT_SECONDS
    while (state := _state(config))["release"] != wanted:
        if state["looked"] >= stamp and state["refused"]:
            raise shelf.Unfit(f"Release {wanted} is not taken: {state['refused']['reason']}")
        if time.monotonic() > end:
            raise shelf.Unfit(f"The site does not serve {wanted} yet; its log tells more.")
        time.sleep(_POLL_SECONDS)
    click.echo(f"Release {wanted} is served.")


def _state(config: Config) -> dict[str, Any]:
    """Return what the site at our address tells of itself; raises Unfit where none answers."""
    import httpx2  # takes a while to load: on demand

    url = f"http://{authority(reachable(config.host), config.port)}/health/ready"
    try:
        state: dict[str, Any] = httpx2.get(url, trust_env=False, timeout=10).json()
        return {"release": state["release"], "looked": state["looked"], "refused": state["refused"]}
    except (httpx2.RequestError, ValueError, KeyError):
        raise shelf.Unfit(
            f"No site answers at {url}; the next to start serves the release."
        ) from None
