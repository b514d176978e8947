"""What is known of the clients that ask queries, to tell light queries from heavy ones."""

from collections import OrderedDict
from enum import IntEnum

LIGHT_SECONDS = 0.003  # of processor time: ten times what a lookup takes
TINY_SECONDS = 0.0003  # one worker answers such queries as fast as they can be sent
_UNKNOWN_SECONDS = 0.25  # for which the query of an unknown client comes after light ones
_MAX_CLIENTS = 4096  # that are remembered


class Rank(IntEnum):
    """What a client's next query is taken for, by those before; the lightest run first."""

    LIGHT = 0
    UNKNOWN = 1
    HEAVY = 2


class ClientHistory:
    """The mean processor time of each client's queries, in which later ones count more."""

    def __init__(self) -> None:
        self.seconds: OrderedDict[str, float] = OrderedDict()

    def note(self, client: str, seconds: float) -> None:
        """Remember how much processor time a query of a client took."""
        self.seconds[client] = (self.seconds.pop(client, seconds) + seconds) / 2
        if len(self.seconds) > _MAX_CLIENTS:
            self.seconds.popitem(last=False)

    def rank(self, client: str, waited: float = 0.0) -> Rank:
        """Return what the next query of a client is taken for, once it has waited for so long.

        That of an unknown client is not held back by light ones for ever.
        """
        seconds = self.seconds.get(client)
        if seconds is None:
            return Rank.UNKNOWN if waited <= _UNKNOWN_SECONDS else Rank.LIGHT
        return Rank.HEAVY if seconds > LIGHT_SECONDS else Rank.LIGHT

    def is_tiny(self, client: str) -> bool:
        """Tell whether a client is known for queries that take next to nothing."""
        return self.seconds.get(client, LIGHT_SECONDS) < TINY_SECONDS
