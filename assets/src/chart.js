// A bar chart of one column of numbers of a result, labelled by another column.
import { draw, make } from "./dom.js";
import { text } from "./sort.js";

const MOST = 40, BAR = 24, LETTER = 7.2, LETTERS = 36, BARS = 420;

const isNumber = (value) => value !== "" && Number.isFinite(Number(value));

/** Return the columns of a table all of whose cells are numbers. */
export function numeric(table) {
  const rows = [...table.tBodies[0].rows];
  return [...table.tHead.rows[0].cells].map((_, column) => column)
    .filter((column) => rows.every((row) => isNumber(text(row, column))));
}

/** Offer a chart in `bar` where the table has a column of numbers. */
export function addChart(table, bar) {
  const numbers = numeric(table);
  if (!numbers.length) return;
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const figure = make("figure", { class: "chart", id: "chart", hidden: true });
  const options = (columns) => columns.map((column) => make("option", { value: column }, names[column]));
  const value = make("select", { id: "chart-of", onchange: redraw }, ...options(numbers));
  const others = names.map((_, column) => column).filter((column) => column !== numbers[0]);
  const label = make("select", { id: "chart-by", onchange: redraw }, ...options(others.length ? others : [0]));
  const button = make("button", { type: "button", "aria-expanded": "false", "aria-controls": "chart", onclick: () => {
    figure.hidden = !figure.hidden;
    button.setAttribute("aria-expanded", String(!figure.hidden));
    redraw();
  } }, "Chart");
  bar.append(button);
  bar.after(figure);

  function redraw() {
    if (figure.hidden) return;
    const [v, l] = [Number(value.value), Number(label.value)];
    const rows = [...table.tBodies[0].rows].slice(0, MOST).map((row) => [text(row, l), Number(text(row, v))]);
    const cut = table.tBodies[0].rows.length > MOST ? ` The first ${MOST} rows are drawn.` : "";
    figure.replaceChildren(
      make("div", { class: "tools" }, make("label", { for: "chart-of" }, "Numbers"), value,
        make("label", { for: "chart-by" }, "Labels"), label),
      make("div", { class: "wide", tabindex: "0", role: "group", "aria-label": "Chart" }, bars(rows, `${names[v]} by ${names[l]}`)),
      make("figcaption", { class: "fine" }, `${names[v]} by ${names[l]}; the table below holds the same.${cut}`));
  }
}

function bars(rows, title) {
  const least = Math.min(0, ...rows.map(([, number]) => number));
  const span = Math.max(0, ...rows.map(([, number]) => number)) - least || 1;
  const left = 12 + LETTER * Math.min(LETTERS, Math.max(...rows.map(([label]) => label.length)));
  const at = (number) => left + (number - least) / span * BARS;
  const [width, height] = [left + BARS + 80, rows.length * BAR + 8];
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": title });
  rows.forEach(([label, number], row) => {
    const y = row * BAR + 4;
    const short = label.length > LETTERS ? `${label.slice(0, LETTERS - 1)}…` : label;
    svg.append(draw("g", {}, draw("title", {}, `${label}: ${number}`),
      draw("text", { x: left - 8, y: y + 16, "text-anchor": "end" }, short),
      draw("rect", { class: "bar", x: Math.min(at(0), at(number)), y, width: Math.max(1, Math.abs(at(number) - at(0))), height: BAR - 6 }),
      draw("text", { x: Math.max(at(0), at(number)) + 6, y: y + 16 }, String(number))));
  });
  return svg;
}
