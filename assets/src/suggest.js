// Suggestions below a search field: a combobox with a list, as the ARIA Authoring Practices have it.
import { make } from "./dom.js";

const WAIT = 120; // milliseconds after a letter, so that a word is one question
let lists = 0;

/** Make the field of a search form suggest what it may mean; choosing one opens its page. */
export function addSuggestions(form) {
  const input = form.querySelector("input[name=q]");
  const id = `suggestions-${++lists}`;
  const list = make("ul", { class: "suggestions", role: "listbox", id, "aria-label": "Suggestions", hidden: true });
  const told = make("span", { class: "hidden", role: "status" });
  let timer, chosen = -1, asked = "", dismissed = "";
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, autocomplete: "off",
  })) input.setAttribute(name, value);
  form.append(list, told);

  function close() {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    const options = [...list.children];
    chosen = (index + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  }

  function show([query, labels, kinds, iris]) {
    if (query !== input.value.trim() || query === dismissed) return; // an answer that comes too late
    list.replaceChildren(...labels.map((label, at) => make("li",
      { role: "option", id: `${id}-${at}`, "aria-selected": "false", "data-iri": iris[at],
        onpointerdown: (event) => { event.preventDefault(); location.assign(iris[at]); } },
      make("span", {}, label), make("span", { class: "kind" }, kinds[at]))));
    list.hidden = !labels.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    told.textContent = labels.length ? `${labels.length} suggestions` : "No suggestions";
  }

  async function ask() {
    const query = input.value.trim();
    if (query === asked) return;
    asked = query;
    close();
    if (query.length < 2) return;
    const answer = await fetch(`/search/suggest?q=${encodeURIComponent(query)}`).catch(() => null);
    if (!answer?.ok) asked = ""; // what failed may be asked again
    else if (document.activeElement === input) show(await answer.json());
  }

  function dismiss() {
    clearTimeout(timer);
    asked = dismissed = input.value.trim();
    close();
  }

  input.addEventListener("input", () => { dismissed = ""; clearTimeout(timer); timer = setTimeout(ask, WAIT); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) event.preventDefault(); // it would empty the field
    if (event.key === "Escape") dismiss();
    if (list.hidden) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) location.assign(list.children[chosen].dataset.iri);
    else return;
    event.preventDefault();
  });
}
