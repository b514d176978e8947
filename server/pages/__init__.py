"""What pages show, as plain data: from the documents of a release to what templates render."""

from server.pages.kinds import design
from server.pages.properties import (
    Notice,
    Page,
    Property,
    Value,
    curie,
    incoming,
    link_to,
    notices,
    page,
    words,
)

__all__ = [
    "Notice",
    "Page",
    "Property",
    "Value",
    "curie",
    "design",
    "incoming",
    "link_to",
    "notices",
    "page",
    "words",
]
