// The graph of a copy in Oxigraph, compiled to WebAssembly: the same engine, dataset and prefixes as at the endpoint.
import start, { Store } from "oxigraph/web.js";
import { copy, file } from "./copy_files.js";

let opened;

/** Return the SHA-256 of the canonical N-Quads, as this page computes it of what it holds. */
export async function digest(quads) {
  const hash = await crypto.subtle.digest("SHA-256", quads);
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the store, loaded once; fails where the copy does not hold the release that it tells of. */
export function graph() {
  opened ??= open();
  return opened;
}

async function open() {
  const [engine, quads] = await Promise.all([file("oxigraph"), file("dataset")]);
  if (await digest(quads) !== copy.dataset) throw new Error("This copy was changed: its data are not those of the release.");
  await start({ module_or_path: engine });
  const store = new Store();
  store.load(quads, { format: "application/n-quads", no_transaction: true });
  // The default graph is the union of what is stated: what is entailed is asked for by its graph.
  store.update(`INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } FILTER (?g != <${copy.base}graph/inferred>) }`);
  return store;
}

/** Have the columns of SELECT * in the order of the query; the engine sorts them by name. */
function inOrder(result, query) {
  const place = (name) => query.search(new RegExp(`[?$]${name}\\b`, "u"));
  if (/SELECT\s+(DISTINCT\s+|REDUCED\s+)?\*/i.test(query)) result.head.vars.sort((a, b) => place(a) - place(b));
  return result;
}

/** Return the result of a query: SPARQL results in JSON, or the graph of a CONSTRUCT or DESCRIBE in N-Triples. */
export async function answer(query) {
  const store = await graph();
  const prefixes = Object.entries(JSON.parse(copy.prefixes)).map(([name, space]) => `PREFIX ${name}: <${space}>`);
  const isGraph = /^\s*(CONSTRUCT|DESCRIBE)\b/im.test(query.replace(/<[^>]*>|"[^"\n]*"|#.*$/gm, ""));
  const format = isGraph ? "application/n-triples" : "application/sparql-results+json";
  const result = store.query(`${prefixes.join(" ")} ${query}`, { base_iri: copy.base, results_format: format });
  return isGraph ? result : inOrder(JSON.parse(result), query);
}
