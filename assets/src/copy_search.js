// The search of a copy: the index of the site's search, with the same order of what is found but for ties.
import { make } from "./dom.js";
import { address, pathOf, text } from "./copy_files.js";

const SHOWN = 200, SUGGESTED = 8, PROVISION = 3, APPARATUS = 6;
const LIGATURES = { æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ß: "ss" };
const DIGITS = { i: 1, v: 5, x: 10, l: 50, c: 100 };
let opened;

const index = () => (opened ??= text("search").then(JSON.parse));

/** Return the words of a text without case and accents: each number and each Chinese character is one. */
function words(phrase) {
  const plain = phrase.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "").replace(/[æœøłđß]/g, (letter) => LIGATURES[letter]);
  return plain.match(/[\u3400-\u9fff\uf900-\ufaff]|\p{Nd}+|[^\P{L}\u3400-\u9fff\uf900-\ufaff]+/gu) ?? [];
}

/** Return a word, or the Arabic number for a Roman one below a hundred. */
function arabic(word) {
  if (!/^(?=.)(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})$/.test(word)) return word;
  const values = [...word].map((letter) => DIGITS[letter]);
  return String(values.reduce((sum, value, at) => sum + (value >= Math.max(...values.slice(at)) ? value : -value), 0));
}

/** Return the positions, in labels or anywhere, of what has a word; the last word may be the beginning of one. */
function having({ terms }, word, isLast) {
  const number = arabic(word);
  const isWhole = !isLast || (number === word && /^\d\d?$/.test(word));
  const labelled = new Set(), all = new Set();
  for (const [term, [inLabels, others]] of Object.entries(terms)) {
    if (term !== number && (isWhole || !term.startsWith(word))) continue;
    for (const position of inLabels) { labelled.add(position); all.add(position); }
    for (const position of others) all.add(position);
  }
  return { labelled, all };
}

/** Return what a query finds, the likeliest first. */
export async function find(query) {
  const asked = words(query), known = await index();
  if (!asked.length) return [];
  const exact = asked.map(arabic).join(" "), named = new Set(known.names[exact]);
  const parts = asked.map((word, at) => having(known, word, at === asked.length - 1));
  const found = [...parts[0].all].filter((position) => parts.every((part) => part.all.has(position)));
  const rank = (position) => {
    const { folded, weight, links } = known.entries[position];
    const begins = weight < PROVISION && folded.startsWith(`${exact} `);
    const tier = folded === exact || (weight < 2 && named.has(position)) ? 0 : (named.has(position) && weight < APPARATUS) || begins ? 1 : 2;
    const depth = parts.every((part) => part.labelled.has(position)) ? 0 : 1;
    return [tier, weight + 2.5 * depth, -links, position];
  };
  const ranked = found.map((position) => ({ ...known.entries[position], rank: rank(position) }));
  const before = (a, b) => a.rank.map((value, at) => value - b.rank[at]).find(Boolean) ?? 0;
  return ranked.sort(before);
}

/** Return suggestions as the site answers with them. */
export async function suggestions(query) {
  const hits = (await find(query)).slice(0, SUGGESTED);
  return [query, hits.map((hit) => hit.label), hits.map((hit) => hit.kind), hits.map((hit) => address(pathOf(hit.iri)))];
}

/** Show in the page of the search what a query finds. */
export async function showFound(main, query) {
  const hits = await find(query);
  const entry = (hit) => make("li", {}, make("a", { href: address(pathOf(hit.iri)) }, hit.label), " ",
    make("span", { class: "mark" }, hit.kind), ...(hit.text ? [make("span", { class: "gloss" }, hit.text)] : []));
  const said = hits.length ? `${hits.length} ${hits.length === 1 ? "record" : "records"} found` : "No record has all these words";
  const cut = hits.length > SHOWN ? `; the first ${SHOWN} are shown` : "";
  main.replaceChildren(make("h1", {}, `Results for “${query}”`), make("p", { id: "found" }, `${said}${cut}.`),
    make("ol", { class: "entries" }, ...hits.slice(0, SHOWN).map(entry)));
}
