// The browser of items: filters over rows that stand in the page as JSON. Every text is put in
// with textContent, so nothing a model wrote is ever read as HTML.
(() => {
  "use strict";
  const rows = JSON.parse(document.getElementById("items-data").textContent);
  const list = document.getElementById("item-list");
  const count = document.getElementById("items-count");
  const more = document.getElementById("items-more");
  const controls = ["model", "category", "level", "outcome", "search"].map((name) =>
    document.getElementById("filter-" + name));
  const PAGE = 25;
  let shown = 0;
  let chosen = [];

  const element = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  const outcomeOf = (row) =>
    row.status !== "scored" ? "unscored" : row.hard === 1 ? "passed" : "failed";

  const matches = (row) => {
    const [model, category, level, outcome, search] = controls.map((c) => (c ? c.value : ""));
    const needle = search.trim().toLowerCase();
    return (!model || String(row.run) === model)
      && (!category || row.category === category)
      && (!level || String(row.level) === level)
      && (!outcome || outcomeOf(row) === outcome)
      && (!needle || (row.instruction + "\n" + (row.generation || "")).toLowerCase().includes(needle));
  };

  const labelled = (heading, text, className) => {
    const box = element("section", "item-part");
    box.append(element("h4", "", heading), element("pre", className || "", text));
    return box;
  };

  const mark = (ok) => (ok === true ? ["yes", "✓"] : ok === false ? ["no", "✗"] : ["unknown", "?"]);

  const body = (row) => {
    const inner = element("div", "item-body");
    const path = element("section", "item-part");
    path.append(element("h4", "", row.path.length > 1 ? "Instruction path" : "Instruction"));
    row.path.forEach((step, index) => {
      const first = row.path.length === row.level + 1 ? 0 : 1;
      const name = row.path.length > 1 ? "level " + (index + first) : "level " + row.level;
      const details = element("details");
      details.open = index === row.path.length - 1;
      details.append(element("summary", "", name), element("pre", "", step));
      path.append(details);
    });
    inner.append(path);
    inner.append(labelled("Answer", row.generation === null ? "(none)" : row.generation || "(empty)"));
    const table = element("ul", "verdicts");
    row.constraints.forEach((constraint) => {
      const [className, sign] = mark(constraint.ok);
      const line = element("li", className);
      line.append(element("span", "sign", sign), element("span", "", constraint.text));
      if (constraint.message) line.append(element("span", "why", constraint.message));
      table.append(line);
    });
    const verdicts = element("section", "item-part");
    verdicts.append(element("h4", "", "Constraints"), table);
    inner.append(verdicts);
    if (row.judgement !== null) inner.append(labelled("The judge's words", row.judgement));
    if (row.reason) inner.append(element("p", "why", "Not read: " + row.reason));
    return inner;
  };

  const entry = (row) => {
    const details = element("details", "item " + outcomeOf(row));
    const summary = element("summary");
    const held = row.constraints.filter((c) => c.ok === true).length;
    summary.append(
      element("span", "badge", outcomeOf(row) === "unscored" ? row.status.replace("_", " ") : outcomeOf(row)),
      element("span", "where", row.category + " " + row.example_id + " · level " + row.level),
      element("span", "held", row.status === "scored" ? held + " of " + row.constraints.length : ""),
      element("span", "first", row.instruction.slice(0, 110)));
    details.append(summary);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(body(row));
    });
    return details;
  };

  const showMore = () => {
    chosen.slice(shown, shown + PAGE).forEach((row) => list.append(entry(row)));
    shown = Math.min(shown + PAGE, chosen.length);
    more.hidden = shown >= chosen.length;
    more.textContent = "Show " + Math.min(PAGE, chosen.length - shown) + " more of " + (chosen.length - shown);
  };

  const refresh = () => {
    chosen = rows.filter(matches);
    shown = 0;
    list.replaceChildren();
    count.textContent = chosen.length + (chosen.length === 1 ? " item" : " items");
    showMore();
  };

  controls.forEach((control) => control && control.addEventListener("input", refresh));
  more.addEventListener("click", showMore);
  refresh();
})();
