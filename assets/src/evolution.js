// The timeline where scripts run: chains that stand out, arrow keys from mark to mark, lane names that stay.
const figure = document.querySelector("[data-chains]");
const svg = figure?.querySelector("svg");
if (svg) {
  const box = svg.parentElement;
  const marks = [...svg.querySelectorAll("a[data-lane]")];
  const arcs = [...svg.querySelectorAll(".arc")];
  const place = (mark) => {
    const { x, y, width, height } = mark.querySelector("circle").getBBox();
    return [x + width / 2, y + height / 2];
  };

  /** Follow arcs from a mark against or along time, as far as they lead. */
  function chain(start, from, to) {
    const met = new Set([start]), lit = new Set();
    for (const href of met) {
      for (const arc of arcs.filter((each) => each.dataset[from] === href)) { lit.add(arc); met.add(arc.dataset[to]); }
    }
    return [met, lit];
  }

  function isolate(hrefs) {
    const parts = hrefs.flatMap((href) => [chain(href, "from", "to"), chain(href, "to", "from")]);
    const joined = (at) => new Set(parts.flatMap((part) => [...part[at]]));
    const [met, lit] = [joined(0), joined(1)];
    const isOn = hrefs.length > 0 && lit.size > 0;
    svg.classList.toggle("isolated", isOn);
    for (const arc of arcs) arc.classList.toggle("lit", isOn && lit.has(arc));
    for (const mark of marks) mark.classList.toggle("lit", isOn && met.has(mark.getAttribute("href")));
  }

  const named = (target) => {
    const mark = target?.closest?.("a[data-lane]");
    if (mark) return [mark.getAttribute("href")];
    const arc = target?.closest?.(".arc");
    return arc ? [arc.dataset.from, arc.dataset.to] : [];
  };
  svg.addEventListener("pointerover", (event) => isolate(named(event.target)));
  svg.addEventListener("pointerleave", () => isolate(named(document.activeElement)));
  svg.addEventListener("focusin", (event) => isolate(named(event.target)));
  svg.addEventListener("focusout", () => isolate([]));

  // One tab stop: the box; arrow keys go on from there. Up and down change the lane.
  const lanes = [...new Set(marks.map((mark) => mark.dataset.lane))];
  box.addEventListener("keydown", (event) => {
    const at = document.activeElement?.closest?.("a[data-lane]");
    const wanted = next(at, event.key);
    if (!wanted || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    wanted.focus({ preventScroll: true });
    wanted.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  function next(at, key) {
    if (!at) return key.startsWith("Arrow") ? marks[0] : null;
    const same = marks.filter((mark) => mark.dataset.lane === at.dataset.lane);
    const index = same.indexOf(at);
    if (key === "ArrowRight") return same[Math.min(index + 1, same.length - 1)];
    if (key === "ArrowLeft") return same[Math.max(index - 1, 0)];
    if (key === "Home") return same[0];
    if (key === "End") return same.at(-1);
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    const lane = step && lanes[lanes.indexOf(at.dataset.lane) + step];
    const others = marks.filter((mark) => mark.dataset.lane === lane);
    const far = (mark) => Math.abs(place(mark)[0] - place(at)[0]);
    return others.length ? others.reduce((a, b) => (far(b) < far(a) ? b : a)) : null;
  }

  const names = svg.querySelectorAll(".lane-name");
  box.addEventListener("scroll", () => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    for (const name of names) name.setAttribute("x", 10 + box.scrollLeft / scale);
  });
}
