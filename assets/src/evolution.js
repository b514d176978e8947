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

  // The full name of the mark that has the focus or the pointer, over all else and of the same size at any zoom.
  const [full, back, words] = ["g", "rect", "text"].map((name) => document.createElementNS(svg.namespaceURI, name));
  full.setAttribute("class", "full");
  full.setAttribute("aria-hidden", "true");
  full.append(back, words);
  svg.append(full);
  function tell(mark) {
    const name = mark?.querySelector("title").textContent ?? "";
    words.textContent = name;
    full.style.display = mark ? "inline" : "none";
    if (!mark) return;
    const seen = box.getBoundingClientRect(), shown = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / shown.width;
    words.style.fontSize = `${13 * scale}px`;
    const [x, y] = place(mark);
    const left = (Math.max(seen.left, shown.left) - shown.left) * scale + 6;
    const right = (Math.min(seen.right, shown.right) - shown.left) * scale - 6;
    const line = words.getBBox().height;
    if (words.getBBox().width > right - left - 6) { // in two lines
      const middle = name.lastIndexOf(" ", Math.ceil(name.length / 2) + 4) + 1;
      words.replaceChildren(...[name.slice(0, middle), name.slice(middle)].map((part) => {
        const piece = document.createElementNS(svg.namespaceURI, "tspan");
        piece.append(part);
        return piece;
      }));
      words.lastChild.setAttribute("dy", line);
      for (const piece of words.children) piece.setAttribute("x", 0);
    }
    const { width, height } = words.getBBox();
    const start = Math.max(left, Math.min(x + 10 * scale, right - width - 6));
    for (const piece of [words, ...words.children]) piece.setAttribute("x", start);
    words.setAttribute("y", y > 40 ? y - 10 * scale - height + line : y + 10 * scale + line);
    const { x: bx, y: by } = words.getBBox();
    for (const [key, value] of Object.entries({ x: bx - 5, y: by - 3, width: width + 10, height: height + 6 })) back.setAttribute(key, value);
  }
  tell(null);
  const markOf = (target) => target?.closest?.("a[data-lane]") ?? null;

  const named = (target) => {
    const mark = target?.closest?.("a[data-lane]");
    if (mark) return [mark.getAttribute("href")];
    const arc = target?.closest?.(".arc");
    return arc ? [arc.dataset.from, arc.dataset.to] : [];
  };
  const show = (target) => { isolate(named(target)); tell(markOf(target)); };
  svg.addEventListener("pointerover", (event) => show(named(event.target).length ? event.target : document.activeElement));
  svg.addEventListener("pointerleave", () => show(document.activeElement));
  svg.addEventListener("focusin", (event) => show(event.target));
  svg.addEventListener("focusout", () => show(null));

  // One tab stop: the box; arrow keys go on from there. Up and down change the lane.
  const lanes = [...new Set(marks.map((mark) => mark.dataset.lane))];
  box.addEventListener("keydown", (event) => {
    const at = document.activeElement?.closest?.("a[data-lane]");
    const wanted = next(at, event.key);
    if (!wanted || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    wanted.focus({ preventScroll: true });
    wanted.scrollIntoView({ block: "nearest", inline: "nearest" });
    tell(wanted);
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
