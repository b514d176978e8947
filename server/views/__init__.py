"""What pages show, as plain data: from the documents of a release to what templates render."""

from server.views.generic import (
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
from server.views.kinds import design

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
