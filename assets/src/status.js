// The page of a treaty's status where scripts run: a slider of years that plays, and a card for each State.
import { make } from "./dom.js";
import { makeSortable } from "./sort.js";
import { addCopyButtons } from "./copy.js";
import { addZoom } from "./zoom.js";

const STEP = 700; // milliseconds between two years while it plays
const day = document.querySelector("#day");
const { first, last } = day.dataset;
const slider = make("input", { type: "range", id: "year", min: first, max: last, value: day.dataset.day.slice(0, 4) });
const told = make("output", { for: "year" }, slider.value);
const play = make("button", { type: "button", onclick: toggle }, "Play");
let timer, asked = 0;

/** Show the page of another day in this one: its heading, map, table and downloads. */
async function show(year) {
  const url = new URL(location);
  const today = new Date().toISOString().slice(0, 10);
  const end = `${year}-12-31`;
  url.searchParams.set("asOf", end < today ? end : today);
  const mine = ++asked;
  told.textContent = year;
  const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return;
  for (const id of ["day", "view"]) document.getElementById(id).replaceWith(page.getElementById(id));
  document.title = page.title;
  document.querySelector("#asOf").value = url.searchParams.get("asOf");
  const line = document.querySelector(".curve .now");
  if (line) {
    const x = page.querySelector(".curve .now").getAttribute("x1");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  }
  history.replaceState(null, "", url);
  const view = document.getElementById("view");
  view.querySelectorAll("[data-copy]").forEach(addCopyButtons);
  view.querySelectorAll("table[data-sort]").forEach((table) => makeSortable(table));
  view.querySelectorAll("[data-zoom]").forEach(addZoom);
}

function toggle() {
  if (timer) return stop();
  if (slider.value === last) slider.value = first;
  play.textContent = "Pause";
  timer = setInterval(() => {
    if (slider.value === last) return stop();
    slider.value = Number(slider.value) + 1;
    show(slider.value);
  }, STEP);
}

function stop() {
  clearInterval(timer);
  timer = undefined;
  play.textContent = "Play";
}

slider.addEventListener("input", () => { stop(); show(slider.value); });
document.querySelector(".as-of").before(make("div", { class: "years" }, play, make("label", { for: "year" }, "Year"), slider, told));

// A card beside the State under the pointer: its row of the table.
const card = make("div", { class: "card", hidden: true, "aria-hidden": "true" });
document.body.append(card);
document.addEventListener("pointermove", (event) => {
  const link = event.target.closest?.(".map a");
  card.hidden = !link || event.pointerType === "touch";
  if (card.hidden) return;
  const href = link.getAttribute("href");
  const row = document.querySelector(`#view tbody a[href="${href}"]`)?.closest("tr");
  if (!row) { card.hidden = true; return; }
  if (card.dataset.of !== href + row.cells[1].textContent) {
    const [name, status, since, acts, sources] = [...row.cells].map((cell) => cell.textContent.trim());
    const titles = [...row.cells[4].querySelectorAll("a")].map((a) => a.title).join("; ");
    card.replaceChildren(make("strong", {}, name), make("p", {}, `${status}${since ? ` since ${since}` : ""}`),
      make("p", {}, acts), make("p", { class: "fine" }, titles || sources));
    card.dataset.of = href + row.cells[1].textContent;
  }
  const left = Math.min(event.clientX + 16, innerWidth - card.offsetWidth - 8);
  const top = event.clientY + 16 + card.offsetHeight > innerHeight ? event.clientY - card.offsetHeight - 12 : event.clientY + 16;
  card.style.left = `${left}px`;
  card.style.top = `${top}px`;
});
