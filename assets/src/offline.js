// What each page of a copy of the site on disk runs: search, SPARQL and the check of the data, without a server or a network.
import { make } from "./dom.js";
import { address, copy, file, pathOf, shownPath, text } from "./copy_files.js";
import { digest } from "./copy_graph.js";
import { showFound, suggestions } from "./copy_search.js";
import { runHere } from "./copy_sparql.js";

const main = document.querySelector("#main");
const query = (path) => new URLSearchParams(path.split("?")[1]);

/** In a single page: show the page that the fragment names, with links that work here. */
async function showPage(path) {
  const places = JSON.parse(await text("places"));
  const known = places[path] ?? places[path.split("?")[0]];
  if (!known) {
    main.replaceChildren(make("h1", {}, "Not in this copy"), make("p", {}, "The site may have it: ", make("a", { href: copy.base + path.slice(1) }, path)));
    return;
  }
  const [block, start, end] = known;
  const source = new TextDecoder().decode((await file(`pages-${block}`)).subarray(start, end));
  const page = new DOMParser().parseFromString(source, "text/html");
  document.title = page.title;
  main.replaceChildren(...page.querySelector("#main").childNodes);
  await adaptLinks(places);
}

/** Have links and forms lead to pages of this copy, and to the site where it has none. */
async function adaptLinks(places) {
  const isHere = (path) => path in places || /^\/(search|sparql)(\?|$)/.test(path);
  for (const link of document.querySelectorAll("[href]")) {
    const [path, place] = pathOf(link.getAttribute("href")).split("#");
    if (!path && place) link.addEventListener("click", (event) => { event.preventDefault(); document.getElementById(place)?.scrollIntoView(); });
    else if (path.startsWith("/")) link.setAttribute("href", isHere(plain(path)) ? address(plain(path)) : copy.base + path.slice(1));
  }
  for (const form of document.querySelectorAll("form")) {
    const path = new URL(form.getAttribute("action"), copy.base).pathname;
    if (path === "/search") form.addEventListener("submit", (event) => { event.preventDefault(); location.hash = `/search?${new URLSearchParams(new FormData(form))}`; });
    else if (path !== "/sparql") form.action = copy.base + path.slice(1);
  }
}

/** Return the path of a thing for that of its page. */
const plain = (path) => path.replace(/^\/doc\/(.*?)(\.html)?$/, "/$1");

/** Tell whether the data of this copy are those of the release: the page hashes what it holds. */
async function checkData() {
  const told = make("p", { id: "state", class: "fine", role: "status" }, "The data of this copy are checked …");
  document.querySelector("footer").append(told);
  const found = await digest(await file("dataset"));
  const isWhole = found === copy.dataset;
  told.dataset.state = isWhole ? "equal" : "different";
  told.replaceChildren(`A copy of release ${copy.release}. SHA-256 of its canonical N-Quads, computed in this page: `,
    make("code", {}, found), isWhole ? ". It is that of the release." : `. This is not that of the release, ${copy.dataset}.`);
}

/** Answer here what scripts of the site ask its server for. */
function answerScripts() {
  const elsewhere = globalThis.fetch;
  globalThis.fetch = async (asked, ...rest) => {
    if (String(asked).startsWith("/search/suggest?")) return Response.json(await suggestions(query(asked).get("q")));
    if (asked === "/vocabulary.json") return new Response(await text("vocabulary"));
    return elsewhere(asked, ...rest);
  };
}

async function begin() {
  const path = shownPath();
  if (copy.root === undefined) {
    addEventListener("hashchange", () => location.reload());
    await showPage(path);
  }
  answerScripts();
  const asked = query(path);
  if (/^\/search\?/.test(path)) await showFound(main, asked.get("q") ?? "");
  const field = document.querySelector("textarea[name=query]");
  if (field && asked.get("query")) field.value = asked.get("query");
  await import("./site.js");
  if (field || document.querySelector("table[data-results]")) await import("./sparql.js");
  if (document.querySelector("[data-chains]")) await import("./evolution.js");
  if (field) runHere(field.form, asked.get("query"));
  if (field || document.querySelector(".opening")) await checkData();
  document.documentElement.dataset.ready = "";
}

begin();
