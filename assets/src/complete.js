// Completion from the dataset's own prefixes and terms, which the server lists.
import { prefixes as declared } from "./prefixes.js";

const KEYWORDS = ["SELECT", "DISTINCT", "WHERE", "ASK", "CONSTRUCT", "DESCRIBE", "FROM", "NAMED", "GRAPH", "OPTIONAL",
  "FILTER", "MINUS", "UNION", "BIND", "VALUES", "EXISTS", "NOT EXISTS", "GROUP BY", "HAVING", "ORDER BY", "ASC", "DESC",
  "LIMIT", "OFFSET", "PREFIX", "BASE", "COUNT", "SUM", "AVG", "MIN", "MAX", "SAMPLE", "GROUP_CONCAT", "IF", "COALESCE",
  "LANG", "LANGMATCHES", "DATATYPE", "STR", "STRSTARTS", "STRENDS", "CONTAINS", "LCASE", "UCASE", "REGEX", "REPLACE",
  "YEAR", "MONTH", "DAY", "NOW", "BOUND", "isIRI", "isLITERAL", "IRI", "STRDT", "STRLANG", "CONCAT", "IN", "NOT IN"]
  .map((label) => ({ label, type: "keyword" }));

let asked; // one question to the server, at the first completion

function vocabulary() {
  asked ??= fetch("/vocabulary.json").then((answer) => answer.json()).catch(() => ({ prefixes: {}, terms: [] }));
  return asked;
}

/** Return what may stand at the cursor: after `a` a class, after a prefix its terms, else all. */
export async function complete(context) {
  const word = context.matchBefore(/[\w.-]*:?[\w.-]*/);
  const variable = context.matchBefore(/[?$]\w*/);
  if (variable) return { from: variable.from, options: variables(context), validFor: /^[?$]\w*$/ };
  if (!context.explicit && (!word || word.from === word.to)) return null;
  const before = context.state.sliceDoc(Math.max(0, word.from - 40), word.from);
  const { terms, prefixes } = await vocabulary();
  const spaces = declared(context.state.doc.toString(), prefixes);
  const own = Object.keys(spaces).find((prefix) => spaces[prefix] === prefixes.sl) ?? "sl";
  const after = /[\s;.{\]]a\s+$/.test(before);
  const wanted = terms.filter((term) => !after || term.kind === "class").map((term) => ({
    label: term.name.replace(/^sl/, own), detail: term.label, info: term.definition || undefined, type: term.kind, boost: after ? 2 : 0,
  }));
  const known = Object.entries(spaces)
    .map(([prefix, space]) => ({ label: `${prefix}:`, type: "namespace", detail: space }));
  return { from: word.from, options: [...wanted, ...known, ...(after ? [] : KEYWORDS)], validFor: /^[\w.:-]*$/ };
}

function variables(context) {
  const names = new Set(context.state.doc.toString().match(/[?$]\w+/g));
  names.delete(context.matchBefore(/[?$]\w*/).text);
  return [...names].map((label) => ({ label, type: "variable" }));
}
