"""Nanopublications: a statement in a graph of its own, with its provenance, under a trusty URI.

The guidelines are those of nanopub.net. A trusty URI ends in a hash of the quads (module RA of
trustyuri.net), so that whoever follows it can tell whether what came is what was meant.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import pyoxigraph as ox

from server.rdf.terms import write
from server.rdf.vocabulary import RDF_TYPE

NP = "http://www.nanopub.org/nschema#"
NPX = "http://purl.org/nanopub/x/"
_PARTS = {
    "assertion": "hasAssertion", "provenance": "hasProvenance", "pubinfo": "hasPublicationInfo",
}  # fmt: skip
_CODE = "RA" + "0" * 43  # what stands for the hash until it is known; in hashed text, a space

Said = Iterable[tuple[str, Any]]  # properties and values of one thing
# A public key in base64, and what returns the signature of some bytes in base64.
Signer = tuple[str, Callable[[bytes], str]]


def signer_with(pem: bytes) -> Signer:
    """Return what signs with an RSA key in PEM; raises ValueError where it is none."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    try:
        key = serialization.load_pem_private_key(pem, None)
    except TypeError:
        raise ValueError("it has a password") from None
    except ValueError:
        raise ValueError("it is no private key in PEM") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("it is no RSA key")
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.DER, form)
    how = padding.PKCS1v15(), hashes.SHA256()
    code = base64.b64encode
    return code(public).decode(), lambda data: code(key.sign(data, *how)).decode()


def nanopublication(
    root: str, assertion: Iterable[ox.Triple], provenance: Said, information: Said,
    signer: Signer | None = None,
) -> tuple[str, list[ox.Quad]]:  # fmt: skip
    """Return the IRI, which begins with `root`, and the quads of a nanopublication.

    `provenance` is said of the assertion, `information` of the nanopublication.
    """
    this = root + _CODE
    parts = {name: ox.NamedNode(f"{this}#{name}") for name in _PARTS}
    said = [(NP + name, parts[part]) for part, name in _PARTS.items()]
    quads = [ox.Quad(t.subject, t.predicate, t.object, parts["assertion"]) for t in assertion]
    quads += _about(this, [(RDF_TYPE, ox.NamedNode(NP + "Nanopublication")), *said], f"{this}#Head")
    quads += _about(parts["assertion"].value, provenance, parts["provenance"].value)
    quads += _about(this, information, parts["pubinfo"].value)
    if signer:
        key, sign = signer
        about = f"{this}#sig", parts["pubinfo"].value
        given = [("hasPublicKey", ox.Literal(key)), ("hasAlgorithm", ox.Literal("RSA")),
                 ("hasSignatureTarget", ox.NamedNode(this))]  # fmt: skip
        quads += _about(about[0], [(NPX + name, value) for name, value in given], about[1])
        signature = ox.Literal(sign(_normal(quads)))
        quads += _about(about[0], [(NPX + "hasSignature", signature)], about[1])
    digest = base64.urlsafe_b64encode(hashlib.sha256(_normal(quads)).digest()).rstrip(b"=")
    text = write(quads, ox.RdfFormat.N_QUADS).replace(_CODE.encode(), b"RA" + digest)
    return f"{root}RA{digest.decode()}", list(ox.parse(text, ox.RdfFormat.N_QUADS))


def _about(subject: str, said: Said, graph: str) -> list[ox.Quad]:
    return [
        ox.Quad(ox.NamedNode(subject), ox.NamedNode(name), value, ox.NamedNode(graph))
        for name, value in said
    ]


def _normal(quads: Iterable[ox.Quad]) -> bytes:
    """Return quads as module RA hashes them: sorted, a line for each of their terms."""
    keys = {(_iri(q.graph_name), _iri(q.subject), _iri(q.predicate), _object(q)) for q in quads}
    lines: list[bytes] = []
    for graph, subject, predicate, (_, value, datatype, language) in sorted(keys):
        lines += (graph, subject, predicate, _line(value, datatype, language))
    return b"".join(line + b"\n" for line in lines)


def _iri(term: Any) -> bytes:
    return str(term.value).replace(_CODE, " ").encode()


def _object(quad: ox.Quad) -> tuple[bool, bytes, str, str]:
    """Return what an object sorts by: whether it is a literal, its value, datatype, language."""
    term = quad.object
    if not isinstance(term, ox.Literal):
        return False, _iri(term), "", ""
    language = (term.language or "").lower()
    return True, term.value.encode(), "" if language else term.datatype.value, language


def _line(value: bytes, datatype: str, language: str) -> bytes:
    if not (datatype or language):
        return value
    mark = f"@{language} " if language else f"^{datatype} "
    return mark.encode() + value.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
