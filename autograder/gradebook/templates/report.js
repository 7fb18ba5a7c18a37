"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const one = (selector) => document.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Tables are sorted by the text or number of a column; a second click turns the order round.
  const key = (row, column) => {
    const text = row.cells[column].dataset.v ?? row.cells[column].textContent.trim();
    const number = Number(text);
    return text !== "" && Number.isFinite(number) ? number : text.toLowerCase();
  };
  const before = (a, b) =>
    typeof a === typeof b
      ? typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true })
      : typeof a === "number" ? -1 : 1;
  all("th button").forEach((button) => button.addEventListener("click", () => {
    const head = button.closest("th"), table = head.closest("table"), body = table.tBodies[0];
    const firstDown = head.matches(".n, .desc");
    const now = head.getAttribute("aria-sort");
    const down = now ? now === "ascending" : firstDown;
    all("th[aria-sort]", table).forEach((th) => th.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].map((row) => [key(row, head.cellIndex), row]);
    rows.sort((a, b) => (down ? before(b[0], a[0]) : before(a[0], b[0])));
    body.append(...rows.map((pair) => pair[1]));
  }));

  // Lists of students are written when they are opened.
  const fill = (details) => {
    if (details.querySelector(".who")) return;
    const list = document.createElement("ul");
    list.className = "who";
    for (const index of data.who[details.dataset.who]) {
      const [name, page] = data.students[index];
      const link = document.createElement("a");
      link.href = page;
      link.textContent = name;
      list.append(Object.assign(document.createElement("li"), {}));
      list.lastChild.append(link);
    }
    details.append(list);
  };
  all("details[data-who]").forEach((details) =>
    details.addEventListener("toggle", () => details.open && fill(details)));

  // The table of students: by name, by group, and by a bar of the histogram.
  const search = one("#search"), group = one("#group"), count = one("#count"), clear = one("#clear");
  if (!search) return;
  const rows = all("#grid tbody tr").map((row) => ({
    row, name: row.cells[0].textContent.toLowerCase(), flags: ` ${row.dataset.flags} `,
    score: Number(row.dataset.score),
  }));
  const bars = all(".plot [role=button]");
  let chosen = null;
  const apply = () => {
    const text = search.value.trim().toLowerCase(), flag = group.value;
    let shown = 0;
    for (const { row, name, flags, score } of rows) {
      const fits = name.includes(text) && (!flag || flags.includes(` ${flag} `)) &&
        (!chosen || (score >= chosen.low && (score < chosen.high || chosen.last)));
      row.hidden = !fits;
      shown += fits;
    }
    const range = chosen ? `, ${chosen.label}` : "";
    count.textContent = `${shown} of ${rows.length} students${range}`;
    clear.hidden = !(text || flag || chosen);
  };
  const choose = (bar) => {
    const off = !bar || bar.getAttribute("aria-pressed") === "true";
    bars.forEach((other) => other.setAttribute("aria-pressed", "false"));
    chosen = off ? null : {
      low: Number(bar.dataset.low) - 1e-9, high: Number(bar.dataset.high) - 1e-9,
      last: "last" in bar.dataset, label: bar.dataset.label,
    };
    if (!off) bar.setAttribute("aria-pressed", "true");
    apply();
  };
  bars.forEach((bar) => {
    bar.addEventListener("click", () => choose(bar));
    bar.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(bar); }
    });
  });
  const reset = () => { search.value = ""; group.value = ""; choose(null); };
  search.addEventListener("input", apply);
  group.addEventListener("change", apply);
  clear.addEventListener("click", () => { reset(); search.focus(); });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape") reset();
  });
  apply();
})();
