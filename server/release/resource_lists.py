"""Documents of ResourceSync (ANSI/NISO Z39.99-2017): sitemaps that tell more of each entry."""

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_RS = "http://www.openarchives.org/rs/terms/"

# An address with what is told of it: attributes of rs:md, and `lastmod`.
Item = tuple[str, Mapping[str, str]]


def document(
    capability: str,
    items: Iterable[Item],
    links: Mapping[str, str],
    about: Mapping[str, str] | None = None,
    index: bool = False,
) -> bytes:
    """Return a document of a capability (sections 7 to 16), or an index of such documents.

    `links` are rs:ln by relation; `about` holds further attributes of the document's own rs:md.
    """
    root = ET.Element(f"{{{_SITEMAP}}}{'sitemapindex' if index else 'urlset'}")
    for rel, href in links.items():
        ET.SubElement(root, f"{{{_RS}}}ln", {"rel": rel, "href": href})
    ET.SubElement(root, f"{{{_RS}}}md", {"capability": capability, **(about or {})})
    for loc, told in items:
        entry = ET.SubElement(root, f"{{{_SITEMAP}}}{'sitemap' if index else 'url'}")
        ET.SubElement(entry, f"{{{_SITEMAP}}}loc").text = loc
        if "lastmod" in told:
            ET.SubElement(entry, f"{{{_SITEMAP}}}lastmod").text = told["lastmod"]
        if attributes := {name: value for name, value in told.items() if name != "lastmod"}:
            ET.SubElement(entry, f"{{{_RS}}}md", attributes)
    ET.register_namespace("", _SITEMAP)
    ET.register_namespace("rs", _RS)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
