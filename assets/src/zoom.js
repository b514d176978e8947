// Zoom of a drawing: its box scrolls, so that arrow keys, wheel and fingers pan as everywhere.
import { make } from "./dom.js";

const STEP = 1.4, MOST = 8;

/** Put buttons over a figure with a drawing in a box that scrolls. */
export function addZoom(figure) {
  const svg = figure.querySelector("svg");
  const box = svg?.parentElement;
  if (!box) return;
  const width = svg.getBoundingClientRect().width;
  let scale = 1;

  function to(wanted, x = box.clientWidth / 2, y = box.clientHeight / 2) {
    const before = scale;
    scale = Math.min(MOST, Math.max(1, wanted));
    const [left, top] = [(box.scrollLeft + x) / before, (box.scrollTop + y) / before];
    svg.style.width = scale === 1 ? "" : `${width * scale}px`;
    svg.style.maxWidth = scale === 1 ? "" : "none";
    svg.style.height = scale === 1 ? "" : "auto";
    box.scrollTo({ left: left * scale - x, top: top * scale - y, behavior: "instant" });
    figure.classList.toggle("zoomed", scale >= 2);
    out.disabled = reset.disabled = scale === 1;
    into.disabled = scale === MOST;
  }

  const button = (label, name, wanted) =>
    make("button", { type: "button", "aria-label": name, title: name, onclick: () => to(wanted()) }, label);
  const into = button("+", "Zoom in", () => scale * STEP);
  const out = button("−", "Zoom out", () => scale / STEP);
  const reset = button("1:1", "Reset zoom", () => 1);
  box.before(make("div", { class: "zoom", role: "group", "aria-label": "Zoom" }, into, out, reset));
  to(1);

  box.addEventListener("keydown", (event) => {
    const wanted = { "+": scale * STEP, "=": scale * STEP, "-": scale / STEP, 0: 1 }[event.key];
    if (!wanted || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    to(wanted);
  });
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // a wheel alone scrolls; with Ctrl, and by pinching, it zooms
    event.preventDefault();
    const frame = box.getBoundingClientRect();
    to(scale * Math.exp(-event.deltaY / 200), event.clientX - frame.left, event.clientY - frame.top);
  }, { passive: false });
  drag(box);
}

/** Let a mouse pull the drawing about; a click on a link stays one. */
function drag(box) {
  let from = null;
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button) return;
    from = { x: event.clientX + box.scrollLeft, y: event.clientY + box.scrollTop, moved: false };
  });
  box.addEventListener("pointermove", (event) => {
    if (!from || !event.buttons) { from = null; return; }
    const [left, top] = [from.x - event.clientX, from.y - event.clientY];
    from.moved ||= Math.hypot(left - box.scrollLeft, top - box.scrollTop) > 4;
    if (from.moved) box.scrollTo({ left, top, behavior: "instant" });
  });
  box.addEventListener("click", (event) => { if (from?.moved) event.preventDefault(); from = null; }, true);
  box.addEventListener("dragstart", (event) => event.preventDefault());
}
