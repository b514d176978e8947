"""What the tests of clients ask for, and what they hold the answers against."""

from tests.command import Site, ask
from tests.descriptions import described, term

TREATY = "id/treaty/1967/outer-space"
COUNT = "SELECT (COUNT(DISTINCT ?t) AS ?n) {{ ?t a <{}def/Treaty> }}"
SELECT = "SELECT ?label { ?t a sl:Treaty ; rdfs:label ?label } ORDER BY ?label LIMIT 5"
CONSTRUCT = "CONSTRUCT { ?t rdfs:label ?label } WHERE { ?t a sl:Treaty ; rdfs:label ?label }"


def statements(site: Site, path: str) -> int:
    return len(ask(f"{site.base}doc/{path}.nt").body.splitlines())


def dumps(site: Site) -> list[str]:
    """Return the address of each dump that the catalogue lists, unpacked."""
    urls = described(site, "catalog").objects(None, term("dcat:downloadURL"))
    return sorted(str(url).removesuffix(".gz") for url in urls if str(url).endswith(".gz"))
