"""A generation: the query workers and the web processes of one release."""

import logging
import socket
import time
from functools import partial
from multiprocessing import get_context
from multiprocessing.util import register_after_fork
from pathlib import Path

import uvicorn

from server.http.connection import MAX_CONNECTIONS, Connection
from server.preparation import place
from server.release import shelf
from server.release.reader import Release
from server.settings import Config
from server.sparql.supervisor import Workers
from server.web_process import Handover, WebProcess

HEALTHCHECK_SECONDS = 30  # after which a web process that does not answer is replaced
_WARM_SECONDS = 300.0  # in which a generation must be ready
_END_SECONDS = 3.0
_logger = logging.getLogger(__name__)


class Generation:
    """Keeps the processes of a release running, from warming up to the last reply.

    `linked` is since when the release is the current one. `runtime` is a folder for what the
    processes of a site share. Raises MissingRelease where there is no release.
    """

    def __init__(
        self, config: Config, folder: Path, linked: int, runtime: Path,
        listener: socket.socket, handover: Handover,
    ) -> None:  # fmt: skip
        self.config = config
        self.folder, self.sockets, self.handover = folder, [listener], handover
        self.held = shelf.hold(folder)
        release = Release(folder)
        self.workers, address = None, ""
        if config.store is None:
            quads = place(config, release, lambda _: None)
            self.workers = Workers(quads, release.base, config.limits)
            address = self.workers.address
        # What web processes are made of takes half a second, in which the store is loaded.
        from server.site.application import create_gateway
        from server.site.prerender import make_when_idle

        self.web = uvicorn.Config(
            partial(create_gateway, config, folder, linked, address, runtime),
            factory=True,
            interface="asgi3",
            loop="uvloop",
            http=Connection,
            ws="none",
            lifespan="on",
            workers=config.web_workers,
            backlog=MAX_CONNECTIONS,
            log_config=None,
            access_log=False,
            proxy_headers=False,  # the gateway reads them
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self.pages = get_context("spawn").Process(
            target=make_when_idle, args=(config, folder), daemon=True
        )
        register_after_fork(self, Generation._let_go)
        self.give_up = time.monotonic() + _WARM_SECONDS
        self.processes = [self._started() for _ in range(config.web_workers)]

    def _started(self) -> WebProcess:
        process = WebProcess(self.web, self.sockets, self.handover)
        process.start()
        return process

    def _let_go(self) -> None:
        """Hold the release no more, in processes that inherit it: they may be of another."""
        self.held.close()
        if self.workers and self.workers.held:
            self.workers.held.close()

    @property
    def is_warm(self) -> bool:
        """Tell whether all web processes are ready to begin."""
        return all(process.is_ready(HEALTHCHECK_SECONDS) for process in self.processes)

    @property
    def has_failed(self) -> bool:
        """Tell whether a web process could not get ready."""
        has_died = any(process.exitcode is not None for process in self.processes)
        return has_died or time.monotonic() > self.give_up

    @property
    def is_gone(self) -> bool:
        """Tell whether all web processes have ended."""
        return all(process.exitcode is not None for process in self.processes)

    def begin(self) -> None:
        """Have the web processes listen, and pages made ahead beside them."""
        for process in self.processes:
            process.begin()
        if self.config.pages:
            self.pages.start()

    def replace_dead(self) -> None:
        """Start a web process anew where one has died or hangs."""
        for number, process in enumerate(self.processes):
            if not process.is_alive(HEALTHCHECK_SECONDS):
                process.kill()
                process.join()
                _logger.error("Web process %s died and is replaced.", process.pid)
                self.processes[number] = self._started()
                self.processes[number].begin()

    def retire(self) -> None:
        """Have the web processes end once they have answered what they have begun."""
        if self.pages.pid:
            self.pages.terminate()
        for process in self.processes:
            process.retire()

    def close(self) -> None:
        """End all processes, at once where they do not end soon."""
        running = [process.process for process in self.processes]
        if self.pages.pid:
            running.append(self.pages)
        for process in running:
            process.terminate()
        end = time.monotonic() + _END_SECONDS
        for process in running:
            process.join(max(0, end - time.monotonic()))
            process.kill()
            process.join()
        if self.workers:
            self.workers.close()
        self.held.close()
