"""RDF without a store: terms, IRIs, vocabulary, formats, and the writing of each syntax."""
