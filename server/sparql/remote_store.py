"""A SPARQL 1.1 store elsewhere: its addresses, and requests to it."""

from dataclasses import dataclass, field

import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from server.sparql.cancellable_http import Adapter

CONNECT_SECONDS = 3.0
CONNECTIONS = 64
# Where a store of each kind takes graphs (Graph Store Protocol) and updates, beside its queries.
_BESIDE = {
    "virtuoso": ("sparql-graph-crud-auth", "sparql-auth"),
    "fuseki": ("data", "update"),
    "": ("store", "update"),  # Oxigraph
}


@dataclass(frozen=True)
class Store:
    """The query endpoint of a store, and the credentials for it, if any."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)

    def session(self, kind: str = "") -> requests.Session:
        """Return a pool of connections to a store of this kind, signed in where need be.

        It reads no proxy and no password from the environment or from files of the user.
        """
        session = requests.Session()
        session.trust_env = False
        adapter = Adapter(pool_maxsize=CONNECTIONS)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.auth = self._auth(kind)
        return session

    def _auth(self, kind: str) -> AuthBase | None:
        if not self.user:
            return None
        method = HTTPDigestAuth if kind == "virtuoso" else HTTPBasicAuth
        return method(self.user, self.password)

    def beside(self, kind: str) -> tuple[str, str]:
        """Return the addresses for graphs and for updates."""
        folder = self.url.rpartition("/")[0]
        graphs, update = _BESIDE[kind]
        return f"{folder}/{graphs}", f"{folder}/{update}"


def kind_of(response: requests.Response) -> str:
    """Return "virtuoso", "fuseki" or "" by what tells a store from others in its answers."""
    if "Fuseki-Request-Id" in response.headers:
        return "fuseki"
    return "virtuoso" if "virtuoso" in response.headers.get("Server", "").lower() else ""
