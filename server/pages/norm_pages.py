"""Pages of norms and key points: bearer, ground, derivation as a drawing."""

from server.pages.diagram import Arm, drawing
from server.pages.page_model import Section
from server.pages.page_parts import claims, listing
from server.pages.release_graph import Thing

FACTS = (
    ("Kind", "sl:normKind"),
    ("Who bears it", "sl:bearer"),
    ("Bearer as stated", "sl:bearerAsStated"),
    ("Ground", "sl:ground"),
    ("Ground as stated", "sl:groundAsStated"),
    ("Why no ground", "sl:groundAbsent"),
    ("Derives from", "sl:derivesFrom"),
    ("Asserted by", "sl:assertedBy"),
    ("Section", "sl:inSection"),
    ("Footnote", "sl:inFootnote"),
)
KEY_POINT_FACTS = (("Key point of", "sl:keyPointOf"), ("About", "sl:about"), *FACTS[-3:])


def norm(thing: Thing) -> list[Section]:
    """Return the sections of a norm: where it comes from and leads to, and what is said of it."""
    graph = thing.graph
    derived = graph.into(thing.iri, "sl:derivesFrom")
    points = graph.into(thing.iri, "sl:keyPointOf")
    return [
        *_derivation(thing, derived),
        *listing("derived", "Norms that derive from it", derived),
        *listing("key-points", "Key points", points),
        *claims(graph, [thing.iri]),
    ]


def _derivation(thing: Thing, derived: list[Thing]) -> list[Section]:
    left = [
        Arm("grounded in", thing.refs("sl:ground")),
        Arm("derives from", thing.refs("sl:derivesFrom"), dashed=True),
    ]
    right = [
        Arm("borne by", thing.refs("sl:bearer")),
        Arm("source of", [t.ref for t in derived], dashed=True),
    ]
    if not any(arm.refs for arm in (*left, *right)):
        return []
    shown = drawing(f"Derivation of “{thing.label}”", left, thing.ref, right)
    lead = "Solid: ground and bearer. Dashed: derivation, as the paper has it."
    return [Section("derivation", "Ground, bearer and derivation", lead, drawing=shown)]
