// The browser of items, and the legend that singles out a line. Every text is put in with
// textContent, so nothing that a model wrote is ever read as HTML.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("items-data").textContent);
  const { runs, texts, rows } = data;
  const list = byId("item-list");
  const count = byId("items-count");
  const more = byId("items-more");
  const all = byId("items-all");
  const control = (name) => byId("filter-" + name);
  const controls = ["model", "category", "level", "outcome", "search"].map(control);
  const PAGE = 25;
  let shown = 0;
  let chosen = [];
  let pinned = null; // the id of the one item that a link asked for

  const element = (tag, className, ...children) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children); // strings become text nodes
    return node;
  };

  const idOf = (row) => row.category + "/" + row.id + "/" + row.level;
  const byItem = new Map();
  for (const row of rows) {
    const id = idOf(row);
    if (!byItem.has(id)) byItem.set(id, []);
    byItem.get(id).push(row);
  }

  const outcomeOf = (row) =>
    row.status !== "scored" ? "unscored" : row.hard === 1 ? "passed" : "failed";
  const OUTCOMES = { no_generation: "no answer", no_judgement: "not judged", unread: "unread" };
  const badgeOf = (row) => OUTCOMES[row.status] || outcomeOf(row);
  const instruction = (row) => texts[row.path[row.path.length - 1]];
  const linkTo = (row) => {
    const run = runs.length > 1 ? "&run=" + (row.run + 1) : "";
    return "#item=" + idOf(row).split("/").map(encodeURIComponent).join("/") + run;
  };

  // What a step adds to the one before it: the stretch between their common start and end.
  const added = (before, after) => {
    const split = (text) => text.match(/\p{Script=Han}|[^\s\p{Script=Han}]+\s*|\s+/gu) || [];
    const old = split(before);
    const now = split(after);
    let start = 0;
    while (start < old.length && start < now.length && old[start] === now[start]) start++;
    let end = 0;
    while (end < old.length - start && end < now.length - start
      && old[old.length - 1 - end].trim() === now[now.length - 1 - end].trim()) end++;
    const stop = now.length - end;
    return [now.slice(0, start).join(""), now.slice(start, stop).join(""), now.slice(stop).join("")];
  };

  const marked = (before, after) => {
    if (before === null) return [after];
    const [head, middle, tail] = added(before, after);
    return [head, element("mark", "", middle), tail];
  };

  const shortened = (text, limit) =>
    text.length > limit ? text.slice(0, limit).trimEnd() + "…" : text;

  const part = (heading, ...content) => element("section", "part", element("h4", "", heading), ...content);

  const pathPart = (row) => {
    const steps = row.path.map((place) => texts[place]);
    const first = steps.length === row.level + 1 ? 0 : row.level - steps.length + 1;
    const boxes = steps.map((step, index) => {
      const box = element("details", "step", element("summary", "", "Level " + (first + index)));
      box.open = index === steps.length - 1;
      box.append(element("pre", "", ...marked(index ? steps[index - 1] : null, step)));
      return box;
    });
    return part(steps.length > 1 ? "The request, step by step" : "The request", ...boxes);
  };

  const nameOf = (row, constraint, index) => {
    if (constraint[0] !== null) return texts[constraint[0]];
    if (row.path.length !== row.constraints.length + 1) return "constraint " + (index + 1);
    const middle = added(texts[row.path[index]], texts[row.path[index + 1]])[1].trim();
    return "level " + (index + 1) + " added: “" + shortened(middle || "a change", 200) + "”";
  };

  const constraintPart = (row) => {
    const lines = row.constraints.map((constraint, index) => {
      const [, ok, message] = constraint;
      const [kind, sign, spoken] = ok === true ? ["yes", "✓", "holds: "]
        : ok === false ? ["no", "✗", "broken: "] : ["unknown", "?", "not decided: "];
      const mark = element("span", "sign", sign);
      mark.setAttribute("aria-hidden", "true");
      const line = element("li", kind, mark, element("span", "spoken", spoken),
        element("span", "", nameOf(row, constraint, index)));
      if (message) line.append(element("span", "why", message));
      return line;
    });
    return part("Constraints", element("ul", "verdicts", ...lines));
  };

  const othersPart = (row) => {
    const links = byItem.get(idOf(row)).filter((other) => other !== row).map((other) => {
      const link = element("a", outcomeOf(other), badgeOf(other) + ": " + runs[other.run]);
      link.href = linkTo(other);
      return element("li", "", link);
    });
    return part("The same item by the other runs", element("ul", "others", ...links));
  };

  const body = (row) => {
    const answer = row.answer === null ? element("p", "why", "There is none.")
      : element("pre", "", row.answer || "(empty)");
    const inner = element("div", "item-body", pathPart(row), part("The answer", answer), constraintPart(row));
    if (row.judgement !== null) inner.append(part("The judge's words", element("pre", "", row.judgement)));
    if (row.reason) inner.append(element("p", "why", "Not read: " + row.reason + "."));
    if (byItem.get(idOf(row)).length > 1) inner.append(othersPart(row));
    const link = element("a", "", "Link to this item");
    link.href = linkTo(row);
    inner.append(element("p", "permalink", link));
    return inner;
  };

  const entry = (row) => {
    const details = element("details", "item " + outcomeOf(row));
    const held = row.constraints.filter((constraint) => constraint[1] === true).length;
    const summary = element("summary", "",
      element("span", "badge", badgeOf(row)),
      element("span", "where", row.category + " " + row.id + " · level " + row.level));
    if (runs.length > 1) {
      const name = element("span", "by", runs[row.run]);
      name.title = runs[row.run];
      summary.append(name);
    }
    if (row.status === "scored") summary.append(element("span", "held", held + " of " + row.constraints.length));
    summary.append(element("span", "first", instruction(row).slice(0, 140)));
    details.append(summary);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(body(row));
    });
    return details;
  };

  const filter = () => {
    const [model, category, level, outcome, search] = controls.map((node) => (node ? node.value : ""));
    const needle = search.trim().toLowerCase();
    const mentions = (text) => text !== null && text.toLowerCase().includes(needle);
    return rows.filter((row) =>
      (!model || String(row.run) === model)
      && (!category || row.category === category)
      && (!level || String(row.level) === level)
      && (!outcome || outcomeOf(row) === outcome)
      && (!needle || mentions(instruction(row)) || mentions(row.answer) || mentions(row.judgement)
        || row.constraints.some((c) => mentions(c[2]) || (c[0] !== null && mentions(texts[c[0]])))));
  };

  const showMore = () => {
    const next = chosen.slice(shown, shown + PAGE).map(entry);
    list.append(...next);
    shown += next.length;
    const left = chosen.length - shown;
    more.hidden = left === 0;
    more.textContent = "Show " + Math.min(PAGE, left) + " more of " + left.toLocaleString("en");
    return next;
  };

  const refresh = () => {
    chosen = pinned === null ? filter() : byItem.get(pinned) || [];
    shown = 0;
    list.replaceChildren();
    count.textContent = pinned !== null ? (chosen.length ? "One item" : "There is no item ") + " " + (chosen.length ? "" : pinned)
      : chosen.length.toLocaleString("en") + " of " + rows.length.toLocaleString("en") + " answers";
    all.hidden = pinned === null;
    return showMore();
  };

  const follow = () => {
    const found = /^#item=([^&]+)(?:&run=(\d+))?$/.exec(location.hash);
    if (!found) return;
    try {
      pinned = found[1].split("/").map(decodeURIComponent).join("/");
    } catch {
      return;
    }
    const entries = refresh();
    const number = found[2] ? Number(found[2]) - 1 : 0;
    const at = Math.max(chosen.findIndex((row) => row.run === number), 0);
    if (!entries[at]) return;
    entries[at].open = true;
    entries[at].scrollIntoView();
    entries[at].firstChild.focus({ preventScroll: true });
  };

  const unpin = () => {
    if (pinned === null) return;
    pinned = null;
    history.replaceState(null, "", "#items");
  };

  let timer = 0;
  controls.forEach((node) => node && node.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { unpin(); refresh(); }, node.type === "search" ? 200 : 0);
  }));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  all.addEventListener("click", () => { unpin(); refresh(); control("category").focus(); });
  more.addEventListener("click", () => {
    const [first] = showMore();
    if (first) first.firstChild.focus();
  });
  window.addEventListener("hashchange", follow);
  refresh();
  follow();

  const figures = document.querySelector(".figures");
  const single = (number) => {
    figures.classList.toggle("singled", number !== null);
    figures.querySelectorAll("[id*='-run-']").forEach((line) =>
      line.classList.toggle("single", number !== null && line.id.endsWith("-run-" + number)));
  };
  document.querySelectorAll(".legend [data-run]").forEach((item) => {
    for (const type of ["mouseenter", "focus"]) item.addEventListener(type, () => single(item.dataset.run));
    for (const type of ["mouseleave", "blur"]) item.addEventListener(type, () => single(null));
  });
})();
