// Tools for the table of results of a page: sort, filter, pages, and a chart where there are numbers.
import { addChart } from "./chart.js";
import { make } from "./dom.js";
import { makeSortable } from "./sort.js";

const ON_A_PAGE = 50;

/** Put tools over a table of results. */
export function addTools(table) {
  const body = table.tBodies[0];
  if (!body?.rows.length) return;
  let page = 0, words = [];
  const box = table.parentElement;
  const count = make("span", { role: "status", class: "fine" });
  const turn = (label, by) => make("button", { type: "button", onclick: () => { page += by; show(); } }, label);
  const [previous, next] = [turn("Previous", -1), turn("Next", 1)];
  const filter = make("input", { type: "search", id: "filter", oninput: () => {
    words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    page = 0;
    show();
  } });

  function show() {
    const rows = [...body.rows];
    const found = rows.filter((row) => {
      const text = row.textContent.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const first = page * ON_A_PAGE;
    const shown = new Set(found.slice(first, first + ON_A_PAGE));
    for (const row of rows) row.hidden = !shown.has(row);
    const range = found.length > ON_A_PAGE ? `${first + 1} to ${first + shown.size} of ` : "";
    count.textContent = `${range}${found.length}${words.length ? ` of ${rows.length}` : ""} ${rows.length === 1 ? "row" : "rows"} shown`;
    previous.disabled = !page;
    next.disabled = first + ON_A_PAGE >= found.length;
    previous.hidden = next.hidden = found.length <= ON_A_PAGE;
  }

  makeSortable(table, () => { page = 0; show(); });
  const bar = make("div", { class: "tools" }, make("label", { for: "filter" }, "Filter"), filter, count, previous, next);
  box.before(bar);
  addChart(table, bar);
  show();
}
