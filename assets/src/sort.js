// Tables that are sorted by a click on a column's heading.
import { make } from "./dom.js";

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Return the text of a cell, as it is compared: a day it opens with as 1967-10-10. */
export function text(row, column) {
  const said = row.cells[column]?.textContent.trim() ?? "";
  const day = row.cells[column]?.querySelector("time");
  return day && said.startsWith(day.textContent) ? day.dateTime : said;
}

/** Compare two texts, numbers as numbers; what is empty comes last. */
export function compare(a, b) {
  if (!a || !b) return (a ? 0 : 1) - (b ? 0 : 1);
  const [x, y] = [Number(a), Number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? collator.compare(a, b) : x - y;
}

/** Put a button into each heading; `changed` is called after each sorting. */
export function makeSortable(table, changed = () => {}) {
  const body = table.tBodies[0];
  if (!body || body.rows.length < 2) return;
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    if (!heading.textContent.trim()) return;
    const button = make("button", { type: "button", class: "sort" }, ...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const falling = heading.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
      const rows = [...body.rows].sort((a, b) => compare(text(a, column), text(b, column)));
      body.append(...(falling ? rows.reverse() : rows));
      changed();
    });
  });
}
