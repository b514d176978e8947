// The SPARQL page of a copy: the query runs in the page, and its result is shown as the site shows it.
import { make } from "./dom.js";
import { addTools } from "./results.js";
import { address, copy, pathOf } from "./copy_files.js";
import { answer } from "./copy_graph.js";

function cell(term) {
  if (!term) return make("td");
  if (term.type !== "uri") return make("td", {}, make("span", { lang: term["xml:lang"] }, text(term)));
  const path = pathOf(term.value);
  if (path !== term.value) return make("td", {}, make("a", { href: address(path) }, path.slice(1)));
  return make("td", {}, /^https?:/.test(path) ? make("a", { href: path }, path) : path);
}

function text({ type, value }) {
  return type === "triple" ? `<<( ${[value.subject, value.predicate, value.object].map(text).join(" ")} )>>` : value;
}

function table({ head: { vars }, results: { bindings } }) {
  const rows = bindings.map((row) => make("tr", {}, ...vars.map((name) => cell(row[name]))));
  const made = make("table", { "data-results": true },
    make("thead", {}, make("tr", {}, ...vars.map((name) => make("th", { scope: "col" }, name)))), make("tbody", {}, ...rows));
  return [make("p", {}, `${rows.length} ${rows.length === 1 ? "row" : "rows"}.`), make("div", { class: "wide", role: "group", tabindex: "0", "aria-label": "Rows of the result" }, made)];
}

function shown(result) {
  if (typeof result === "string") return [make("pre", { tabindex: "0" }, make("code", {}, result))];
  if ("boolean" in result) return [make("p", { class: "lead" }, result.boolean ? "Yes" : "No")];
  return table(result);
}

/** Have the form of the page run its query here, at once where the address has one. */
export function runHere(form, query) {
  const place = make("section", { "aria-live": "polite", "aria-label": "Result" });
  form.after(place);
  async function run() {
    place.dataset.state = "running";
    place.replaceChildren(make("p", {}, "The query runs in this page; the first one takes some seconds."));
    await new Promise((resolve) => { setTimeout(resolve, 20); }); // the line above is drawn first
    try {
      place.replaceChildren(make("h2", { id: "result" }, "Result"), ...shown(await answer(form.elements.query.value)));
      place.querySelectorAll("table").forEach(addTools);
      place.dataset.state = "done";
    } catch (error) {
      place.replaceChildren(make("section", { class: "problem", role: "alert" }, make("h2", {}, "The query failed"), make("p", {}, String(error.message ?? error))));
      place.dataset.state = "failed";
    }
  }
  form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
  if (query) run();
}
