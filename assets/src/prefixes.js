// Prefixes of a query: those that it declares, and those that the endpoint knows.

/** Return the namespaces by prefix of the text of a query, over those that are `known`. */
export function prefixes(text, known) {
  const own = [...text.matchAll(/\bPREFIX\s+([\w.-]*):\s*<([^>]*)>/gi)].map((found) => [found[1], found[2]]);
  return { ...known, ...Object.fromEntries(own) };
}
