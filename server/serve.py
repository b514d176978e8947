"""Running the site: it follows the current release, and takes each as a whole."""

import contextlib
import json
import logging
import resource
import signal
import socket
import tempfile
import threading
from collections.abc import Generator
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from server.generation import Generation
from server.http.connection import MAX_CONNECTIONS
from server.http.logs import log_events
from server.preparation import prepare_next
from server.release.manifest import CURRENT, MissingRelease
from server.release.shelf import RELOAD, SERVED, Unfit
from server.settings import Config, listening

_LOOK_SECONDS, _SWITCH_SECONDS = 0.5, 0.02  # between looks, and while a release is being taken
_DONE = object()  # the end of a change
_REPORT = "report.json"  # why a release that was prepared may not be served
_logger = logging.getLogger(__name__)


def run(config: Config) -> None:
    """Serve the current release until interrupted; everything started here ends with it."""
    log_events()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * MAX_CONNECTIONS), most))
    with tempfile.TemporaryDirectory(prefix="spacelaw-") as runtime:
        Supervisor(config, listening(config.host, config.port), Path(runtime)).run()


class Supervisor:
    """Serves the current release, and changes to another one once that is ready.

    A `change` to a release checks and completes it, waits until its processes are ready, and has
    them begin (`serving`); those of the release before answer what they have begun (`retired`).
    `looked` is what the last decision was about, `refused` why a release was not taken.
    """

    def __init__(self, config: Config, listener: socket.socket, runtime: Path) -> None:
        self.config, self.listener, self.runtime = config, listener, runtime
        self.handover = socket.socketpair()
        for end in self.handover:
            end.setblocking(False)
        self.signals: list[int] = []
        self.wake = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._signalled)
        release = self._look()
        if release is None:
            raise MissingRelease(f"There is no release at {config.releases / CURRENT}.")
        self.looked: Found | None = release
        self.refused: dict[str, str] | None = None
        self.change: Generator[None, None, None] | None = None
        self.retired: list[Generation] = []
        self._tell(release.folder.name)
        self.serving = self._generation(release)

    def run(self) -> None:
        """Serve until a signal ends it. Raises Unfit where that cannot even begin."""
        try:
            while not self.serving.is_warm and not self._is_ended():
                if self.serving.has_failed:
                    raise Unfit("The web processes cannot start; the log above says why.")
                self.wake.wait(_SWITCH_SECONDS)
            self.serving.begin()
            while not self._is_ended():
                self._step()
                is_busy = self.change or self.retired
                self.wake.wait(_SWITCH_SECONDS if is_busy else _LOOK_SECONDS)
                self.wake.clear()
        finally:
            if self.change:
                self.change.close()
            for generation in (self.serving, *self.retired):
                generation.close()

    def _signalled(self, number: int, _: object) -> None:
        self.signals.append(number)
        self.wake.set()

    def _is_ended(self) -> bool:
        if signal.SIGHUP in self.signals:
            self.signals.remove(signal.SIGHUP)
            self.looked = None
        return bool(self.signals)

    def _look(self) -> "Found | None":
        """Return the current release, None where there is none at the moment."""
        link = self.config.releases / CURRENT
        touched = 0
        with contextlib.suppress(OSError):
            touched = (self.config.releases / RELOAD).stat().st_mtime_ns
        try:
            linked = int(link.lstat().st_mtime) if link.is_symlink() else 0
            return Found(link.resolve(strict=True), linked, touched)
        except OSError:
            return None

    def _generation(self, release: "Found") -> Generation:
        where = release.folder, release.linked, self.runtime
        return Generation(self.config, *where, self.listener, self.handover)

    def _step(self) -> None:
        self.serving.replace_dead()
        for generation in [one for one in self.retired if one.is_gone]:
            generation.close()
            self.retired.remove(generation)
        if self.change is None and (release := self._look()) and release != self.looked:
            self.looked, self.change = release, self._change_to(release)
        if self.change and next(self.change, _DONE) is _DONE:
            self.change = None

    def _change_to(self, release: "Found") -> Generator[None, None, None]:
        """Get a release ready, and serve it once it is; yield while that takes its time."""
        name = release.folder.name
        if release.folder == self.serving.folder:
            self.refused = None
            self._tell(name)
            return
        coming = None
        try:
            yield from self._prepare(release.folder)
            coming = self._generation(release)
            while not coming.is_warm:
                if coming.has_failed:
                    raise Unfit("Its web processes did not get ready; the log says why.")
                yield
            coming.begin()
            self.serving.retire()
            self.retired.append(self.serving)
            _logger.info("Release %s is served.", name)
            self.serving, self.refused = coming, None
        except (Unfit, MissingRelease, OSError) as error:
            _logger.error("Release %s is not taken: %s", name, error)
            self.refused = {"release": name, "reason": str(error)}
        finally:
            if coming and coming is not self.serving:
                coming.close()
        self._tell(self.serving.folder.name)

    def _prepare(self, folder: Path) -> Generator[None, None, None]:
        """Check and complete a release in a process of its own; raises Unfit where that fails."""
        report = self.runtime / _REPORT
        arguments = self.config, folder, report
        preparing = get_context("spawn").Process(target=prepare_next, args=arguments)
        preparing.start()
        try:
            while preparing.exitcode is None:
                yield
        finally:
            preparing.terminate()
        reason = "It could not be made ready; the log says why."
        with contextlib.suppress(OSError, ValueError):
            reason = json.loads(report.read_text("utf-8"))
            report.unlink()
        if reason:
            raise Unfit(reason)

    def _tell(self, release: str) -> None:
        """Tell the web processes, for /health/ready, and who waits for a reload."""
        looked = self.looked.touched if self.looked else 0
        state = {"release": release, "looked": looked, "refused": self.refused}
        part = self.runtime / f"{SERVED}.part"
        try:
            part.write_text(json.dumps(state), "utf-8")
            part.replace(self.runtime / SERVED)
        except OSError as error:  # as on a full disk: what was told before stays
            _logger.error("What is served cannot be told: %s", error)


class Found(NamedTuple):
    """A current release: its folder, since when it is current, and when RELOAD was touched."""

    folder: Path
    linked: int
    touched: int
