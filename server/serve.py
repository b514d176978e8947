"""Running the site: it follows the current release, and takes each as a whole."""

import contextlib
import json
import logging
import resource
import signal
import socket
import tempfile
import threading
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from server.generation import Generation
from server.http.connection import MAX_CONNECTIONS
from server.http.logs import log_events
from server.listening import listening
from server.preparation import prepare_next
from server.release.manifest import CURRENT, MissingRelease
from server.release.shelf import RELOAD, SERVED, Unfit
from server.settings import Config

_LOOK_SECONDS, _SWITCH_SECONDS = 0.5, 0.02  # between looks, and while a release is being taken
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

    A release is checked and completed (`preparing`), its processes get ready (`coming`), they
    begin (`serving`), and those of the release before answer what they have begun (`retired`).
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
        self.preparing: BaseProcess | None = None
        self.coming: Generation | None = None
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
                is_busy = self.coming or self.preparing or self.retired
                self.wake.wait(_SWITCH_SECONDS if is_busy else _LOOK_SECONDS)
                self.wake.clear()
        finally:
            if self.preparing:
                self.preparing.terminate()
            for generation in filter(None, (self.serving, self.coming, *self.retired)):
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
        if self.coming:
            self._begin_if_warm(self.coming)
        elif self.preparing:
            self._warm_if_prepared(self.preparing)
        elif (release := self._look()) and release != self.looked:
            self._consider(release)

    def _consider(self, release: "Found") -> None:
        self.looked = release
        if release.folder == self.serving.folder:
            self.refused = None
            self._tell(release.folder.name)
            return
        arguments = self.config, release.folder, self.runtime / _REPORT
        self.preparing = get_context("spawn").Process(target=prepare_next, args=arguments)
        self.preparing.start()

    def _warm_if_prepared(self, preparing: BaseProcess) -> None:
        if preparing.exitcode is None or self.looked is None:
            return
        self.preparing = None
        reason = "It could not be made ready; the log says why."
        with contextlib.suppress(OSError, ValueError):
            reason = json.loads((self.runtime / _REPORT).read_text("utf-8"))
            (self.runtime / _REPORT).unlink()
        try:
            if reason:
                self._refuse(reason)
            else:
                self.coming = self._generation(self.looked)
        except (MissingRelease, OSError) as error:
            self._refuse(str(error))

    def _begin_if_warm(self, coming: Generation) -> None:
        if coming.has_failed:
            self.coming = None
            coming.close()
            self._refuse("Its web processes did not get ready; the log says why.")
        elif coming.is_warm:
            coming.begin()
            self.serving.retire()
            self.retired.append(self.serving)
            _logger.info("Release %s is served.", coming.folder.name)
            self.serving, self.coming, self.refused = coming, None, None
            self._tell(coming.folder.name)

    def _refuse(self, reason: str) -> None:
        name = self.looked.folder.name if self.looked else ""
        _logger.error("Release %s is not taken: %s", name, reason)
        self.refused = {"release": name, "reason": reason}
        self._tell(self.serving.folder.name)

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
