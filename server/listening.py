"""The address that a site listens on."""

import errno
import socket

from server.settings import SettingError, authority


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise SettingError where the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        at_fault = "SPACELAW_HOST (--host) to an address of this machine"
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            at_fault = "SPACELAW_PORT (--port) to another port"
        where = authority(host, port)
        raise SettingError(f"Cannot listen on {where}: {error.strerror}. Set {at_fault}.") from None
    return listener


def check_port(host: str, port: int) -> None:
    """Raise SettingError unless the address can be listened on."""
    listening(host, port).close()
