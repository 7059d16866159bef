// One selection of trials a study, shared by its table and its figures.

class Selection extends EventTarget {
  constructor() {
    super();
    this.trials = new Set();
  }

  // Replaces the selection, or with `more` turns these trials on, or off where all of them are.
  pick(trials, more = false) {
    const same = trials.length === this.trials.size && trials.every((trial) => this.trials.has(trial));
    let next;
    if (!more) next = same ? [] : trials;
    else if (trials.every((trial) => this.trials.has(trial))) next = [...this.trials].filter((trial) => !trials.includes(trial));
    else next = [...this.trials, ...trials];
    this.set(next);
  }

  set(trials) {
    this.trials = new Set([...trials].sort((left, right) => left - right));
    this.dispatchEvent(new Event("change"));
  }
}

const selections = new Map([...document.querySelectorAll("article")].map((article) => [article, new Selection()]));
const selectionOf = (element) => selections.get(element.closest("article"));
const said = document.getElementById("said");

for (const [article, selection] of selections) {
  const bar = article.querySelector(".selection");
  selection.addEventListener("change", () => {
    const trials = [...selection.trials];
    const number = trials.length;
    const counted = `${number.toLocaleString("en")} trial${number === 1 ? "" : "s"} selected`;
    bar.hidden = number === 0;
    bar.querySelector(".number").textContent = counted;
    bar.querySelector(".names").textContent = trials.slice(0, 12).join(", ") + (number > 12 ? " …" : "");
    const where = selections.size > 1 ? ` in ${article.querySelector("h1").textContent}` : "";
    said.textContent = number ? `${counted}${where}` : `Selection cleared${where}`;
  });
  bar.querySelector(".clear").addEventListener("click", () => {
    selection.set([]);
    const table = article.querySelector("[data-view=trials] .scroller");
    if (table && document.activeElement === document.body) table.focus({ preventScroll: true });
  });
}

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.target.closest("input, select")) return;
  for (const selection of selections.values()) if (selection.trials.size) selection.set([]);
});
