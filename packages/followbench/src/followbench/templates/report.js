// The browser of items, and the legend that singles out a line. Every text is put in with
// textContent, so nothing that a model wrote is ever read as HTML.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const { runs, langs, texts, rows } = JSON.parse(byId("items-data").textContent);
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

  // What a step adds to the one before it, as [text, is it new] by words (in Chinese by
  // characters): all that is not in their longest common subsequence.
  const LARGEST = 4e6;
  const difference = (before, after) => {
    const split = (text) => text.match(/\p{Script=Han}|[^\s\p{Script=Han}]+\s*|\s+/gu) || [];
    const old = split(before).map((word) => word.trim());
    const now = split(after);
    const words = now.map((word) => word.trim());
    let start = 0;
    while (start < Math.min(old.length, words.length) && old[start] === words[start]) start++;
    let end = 0;
    while (end < Math.min(old.length, words.length) - start
      && old[old.length - 1 - end] === words[words.length - 1 - end]) end++;
    const [height, width] = [old.length - end - start, words.length - end - start];
    const isNew = words.map((_, index) => index >= start && index < words.length - end);
    if (height * width <= LARGEST) {
      const length = new Uint16Array((height + 1) * (width + 1));
      const at = (row, column) => row * (width + 1) + column;
      for (let row = height - 1; row >= 0; row--) {
        for (let column = width - 1; column >= 0; column--) {
          length[at(row, column)] = old[start + row] === words[start + column]
            ? length[at(row + 1, column + 1)] + 1
            : Math.max(length[at(row + 1, column)], length[at(row, column + 1)]);
        }
      }
      for (let row = 0, column = 0; row < height && column < width;) {
        if (old[start + row] === words[start + column]) {
          isNew[start + column++] = false;
          row++;
        } else if (length[at(row + 1, column)] >= length[at(row, column + 1)]) row++;
        else column++;
      }
    }
    const pieces = [];
    now.forEach((word, index) => {
      const last = pieces[pieces.length - 1];
      if (last && last[1] === isNew[index]) last[0] += word;
      else pieces.push([word, isNew[index]]);
    });
    return pieces;
  };

  const marked = (before, after) =>
    before === null ? [after] : difference(before, after).map(([text, isNew]) =>
      isNew ? element("mark", "", text) : text);

  const shortened = (text, limit) =>
    text.length > limit ? text.slice(0, limit).trimEnd() + "…" : text;

  const spoken = (row, ...content) => {
    const box = element("pre", "", ...content);
    box.lang = langs[row.run];
    box.dir = "auto";
    return box;
  };

  const part = (heading, ...content) => element("section", "part", element("h4", "", heading), ...content);

  const pathPart = (row) => {
    const steps = row.path.map((place) => texts[place]);
    const first = steps.length === row.level + 1 ? 0 : row.level - steps.length + 1;
    const boxes = steps.map((step, index) => {
      const box = element("details", "step", element("summary", "", "Level " + (first + index)));
      box.open = index === steps.length - 1;
      box.append(spoken(row, ...marked(index ? steps[index - 1] : null, step)));
      return box;
    });
    return part(steps.length > 1 ? "The request, step by step" : "The request", ...boxes);
  };

  const nameOf = (row, constraint, index) => {
    if (constraint[0] !== null) return texts[constraint[0]];
    const step = row.level - row.constraints.length + 1 + index;
    if (row.path.length !== row.level + 1) return "constraint " + step;
    const pieces = difference(texts[row.path[step - 1]], texts[row.path[step]]);
    const added = pieces.filter((piece) => piece[1]).map((piece) => piece[0].trim()).join(" … ");
    return "level " + step + " added: " + (added ? "“" + shortened(added, 200) + "”" : "nothing");
  };

  const constraintPart = (row) => {
    const lines = row.constraints.map((constraint, index) => {
      const [, ok, message] = constraint;
      const [kind, sign, meaning] = ok === true ? ["yes", "✓", "holds: "]
        : ok === false ? ["no", "✗", "broken: "] : ["unknown", "?", "not decided: "];
      const mark = element("span", "sign", sign);
      mark.setAttribute("aria-hidden", "true");
      const line = element("li", kind, mark, element("span", "unseen", meaning),
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
      : row.answer ? spoken(row, row.answer) : element("p", "why", "It is empty.");
    const inner = element("div", "item-body", pathPart(row), part("The answer", answer), constraintPart(row));
    if (row.judgement !== null) inner.append(part("The judge's words", spoken(row, row.judgement)));
    if (row.reason) inner.append(element("p", "why", "Not read: " + row.reason + "."));
    if (byItem.get(idOf(row)).length > 1) inner.append(othersPart(row));
    const link = element("a", "", "Link to this item");
    link.href = linkTo(row);
    inner.append(element("p", "permalink", link));
    return inner;
  };

  const entry = (row) => {
    const details = element("details", "item " + outcomeOf(row));
    const decided = row.constraints.filter((constraint) => constraint[1] !== null);
    const held = decided.filter((constraint) => constraint[1]).length;
    const summary = element("summary", "",
      element("span", "badge", badgeOf(row)),
      element("span", "where", row.category + " " + row.id + " · level " + row.level));
    if (runs.length > 1) {
      const name = element("span", "by", runs[row.run]);
      name.title = runs[row.run];
      summary.append(name);
    }
    if (row.status === "scored") summary.append(element("span", "held", held + " of " + decided.length));
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
    count.textContent = pinned === null
      ? chosen.length.toLocaleString("en") + " of " + rows.length.toLocaleString("en") + " answers"
      : chosen.length ? "One item" : "There is no item " + pinned;
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
  const buttons = [...document.querySelectorAll(".legend [data-run]")];
  let kept = null;
  const single = (number) => {
    figures.classList.toggle("singled", number !== null);
    figures.querySelectorAll("[id*='-run-']").forEach((line) =>
      line.classList.toggle("single", number !== null && line.id.endsWith("-run-" + number)));
  };
  buttons.forEach((button) => {
    const number = button.dataset.run;
    button.addEventListener("mouseenter", () => single(number));
    button.addEventListener("mouseleave", () => single(kept));
    button.addEventListener("click", () => {
      kept = kept === number ? null : number;
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other.dataset.run === kept)));
      single(kept);
    });
  });
})();
