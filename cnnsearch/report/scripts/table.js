// The table of trials: one page of rows at a time, sorted and filtered; downloads hold all rows that the filter leaves.

const SYMBOLS = JSON.parse(document.getElementById("symbols").textContent);

// A cell is null where there is nothing; a parameter whose value is null comes as {is: null}.
const isAbsent = (cell) => cell === null;
const plain = (cell) => (cell !== null && typeof cell === "object" && !Array.isArray(cell) ? cell.is : cell);
const written = (cell) => (isAbsent(cell) ? "" : typeof plain(cell) === "string" ? plain(cell) : JSON.stringify(plain(cell)));

// As `cnnsearch/numbers.py` says them: halves go to the even digit, less than 1e-4 has an exponent, and what is less than 1
// is never said to be 1.
const isHalfAboveEven = (value, digits) => {
  const exact = value.toExponential(99).replace(/[-.]|e.*/g, "");
  return /^50*$/.test(exact.slice(digits)) && "02468".includes(exact[digits - 1]);
};
const significant = (value, digits) => {
  const size = Math.abs(value);
  const isWhole = size >= 10 ** (digits - 1);
  const kept = isWhole ? String(Math.trunc(size)).length : digits;
  const near = isHalfAboveEven(value, kept) ? value * (1 - 2 ** -50) : value;
  if (isWhole) return (Math.sign(value) * Math.round(Math.abs(near))).toLocaleString("en");
  const text = near.toPrecision(digits);
  if (size > 0 && Math.abs(Number(text)) < 1e-4) return near.toExponential(digits - 1);
  return value > 0.5 && value < 1 && text.startsWith("1") && digits < 15 ? significant(value, digits + 1) : text;
};
const compact = (value) => {
  const size = Math.abs(value);
  if (size >= 1e4) return String(Math.round(value));
  const short = Number(value.toPrecision(4));
  return size < 1e-4 && size > 0 ? short.toExponential() : String(short);
};
const rounded = {
  digits: (value, column) => significant(value, column.digits),
  setting: (value) => (Number.isInteger(value) ? String(value) : compact(value)),
  count: (value) => String(value),
};
const shown = (cell, column) => {
  if (isAbsent(cell)) return column.name === "reason" ? "" : "–";
  const value = plain(cell);
  return typeof value === "number" ? rounded[column.format](value, column) : written(cell);
};

const compare = (left, right) =>
  typeof left === "number" && typeof right === "number"
    ? left - right
    : String(written(left)).localeCompare(String(written(right)), "en", { numeric: true });

const TERM = /^([^<>=!]+)(<=|>=|!=|=|<|>)(.*)$/;
const tests = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
  "=": (left, right) => left === right,
  "!=": (left, right) => left !== right,
};

// One term of the filter -> row test, or what is wrong with it.
const termTest = (term, columns) => {
  const [, name, operator, bound] = TERM.exec(term) ?? [];
  if (!operator) {
    const word = term.toLowerCase();
    return (row) => columns.some((column) => written(column.values[row]).toLowerCase().includes(word));
  }
  const column = columns.find((each) => each.name === name.trim());
  if (!column) return `there is no column '${name}'`;
  if (bound.trim() === "") return `'${term}' lacks a value`;
  const number = Number(bound);
  if (!Number.isNaN(number))
    return (row) => {
      const value = plain(column.values[row]);
      return typeof value === "number" ? tests[operator](value, number) : operator === "!=";
    };
  if (operator !== "=" && operator !== "!=") return `'${bound}' is not a number`;
  return (row) => tests[operator](written(column.values[row]).toLowerCase(), bound.toLowerCase());
};

const terms = (text) => (text.match(/[^\s"]*"[^"]*"|\S+/g) ?? []).map((term) => term.replaceAll('"', "")).filter(Boolean);

// A spreadsheet takes a text that begins with one of these for a formula, and runs it. An apostrophe before it says that it
// is a text; who reads the file takes one apostrophe off each cell that begins with one. Numbers stay numbers.
const FORMULA = /^['=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const csvCell = (cell) => (typeof plain(cell) === "string" && FORMULA.test(plain(cell)) ? `'${plain(cell)}` : written(cell));
const csv = (columns, rows) => {
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [columns.map((column) => csvCell(column.name)), ...rows.map((row) => columns.map((column) => csvCell(column.values[row])))];
  return lines.map((cells) => cells.map(quoted).join(",") + "\r\n").join("");
};
const json = (columns, rows) => {
  const records = rows.map((row) =>
    Object.fromEntries(columns.filter((column) => !isAbsent(column.values[row])).map((column) => [column.name, plain(column.values[row])])),
  );
  return JSON.stringify(records, null, 1) + "\n";
};

const save = (text, name, type) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

const makeTable = (root) => {
  const { columns, best, over, file } = JSON.parse(root.querySelector("script").textContent);
  const selection = selectionOf(root);
  const trials = columns[0].values;
  const form = root.querySelector("form");
  const body = root.querySelector("tbody");
  const heads = [...root.querySelectorAll("thead th[data-column]")];
  const find = (name) => root.querySelector(`.${name}`);
  let sorted = { column: columns.findIndex((column) => column.sorted), ascending: columns.find((column) => column.sorted).sorted === "ascending" };
  let rows = [];
  let page = 0;

  const filtered = () => {
    const problems = [];
    const checks = terms(form.elements.text.value).map((term) => termTest(term, columns));
    const states = new Set([...form.querySelectorAll("[name=state]:checked")].map((box) => box.value));
    const state = columns.findIndex((column) => column.name === "state");
    checks.push((row) => states.has(columns[state].values[row]));
    const column = columns[Number(form.elements.column.value)];
    for (const [field, operator] of [["low", ">="], ["high", "<="]]) {
      const bound = form.elements[field].value.trim();
      if (bound) checks.push(termTest(`x${operator}${bound}`, [{ ...column, name: "x" }]));
    }
    if (form.elements.selected.checked) checks.push((row) => selection.trials.has(trials[row]));
    const known = checks.filter((check) => typeof check === "function" || !problems.push(check));
    return { rows: [...trials.keys()].filter((row) => known.every((check) => check(row))), problems };
  };

  const inOrder = (some) => {
    const { values } = columns[sorted.column];
    return some.sort((left, right) => {
      const [first, second] = [values[left], values[right]];
      if (isAbsent(first) || isAbsent(second)) return isAbsent(first) - isAbsent(second) || trials[left] - trials[right]; // what is missing stays last
      return (sorted.ascending ? compare(first, second) : compare(second, first)) || trials[left] - trials[right];
    });
  };

  const winner = trials.indexOf(best);
  const isWinners = (row, column) =>
    winner >= 0 && row !== winner && column.format === "setting" && JSON.stringify(column.values[row]) === JSON.stringify(column.values[winner]);

  const cell = (row, column) => {
    const element = document.createElement("td");
    const value = column.values[row];
    if (column.name === "state") {
      element.innerHTML = `<span class="state ${value.toLowerCase()}"><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d="${SYMBOLS[value]}"/></svg></span>`;
      element.firstChild.append(value.toLowerCase());
      if (over.includes(trials[row])) element.insertAdjacentHTML("beforeend", ' <span class="tag over">over a limit</span>');
      return element;
    }
    element.className = column.format === "text" ? column.name : "number";
    element.classList.toggle("same", isWinners(row, column));
    element.textContent = shown(value, column);
    if (typeof plain(value) === "number" && element.textContent !== String(plain(value))) element.title = String(plain(value));
    return element;
  };

  const line = (row) => {
    const element = document.createElement("tr");
    element.classList.toggle("best", trials[row] === best);
    element.dataset.trial = trials[row];
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = selection.trials.has(trials[row]);
    box.setAttribute("aria-label", `select trial ${trials[row]}`);
    element.classList.toggle("picked", box.checked);
    const first = document.createElement("td");
    first.append(box);
    element.append(first, ...columns.map((column) => cell(row, column)));
    return element;
  };

  const show = () => {
    const size = Number(find("size").value);
    const pages = Math.max(1, Math.ceil(rows.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    const part = rows.slice(page * size, (page + 1) * size);
    body.replaceChildren(...part.map(line));
    find("previous").disabled = page === 0;
    find("next").disabled = page === pages - 1;
    find("page").textContent = `page ${page + 1} of ${pages}`;
    find("pages").classList.toggle("single", pages === 1 && trials.length <= 25);
    return part.length;
  };

  const update = () => {
    const found = filtered();
    rows = inOrder(found.rows);
    const number = show();
    const all = trials.length.toLocaleString("en");
    const first = page * Number(find("size").value);
    const left = rows.length === trials.length ? `${all} trials` : `${rows.length.toLocaleString("en")} of ${all} trials`;
    const part = number < rows.length ? `, rows ${first + 1} to ${first + number}` : "";
    find("shown").textContent = left + part + found.problems.map((problem) => `; ${problem}`).join("");
    find("shown").classList.toggle("wrong", found.problems.length > 0);
    find("all").disabled = rows.length === 0;
  };

  const restart = () => {
    page = 0;
    update();
  };

  heads.forEach((head) =>
    head.querySelector("button").addEventListener("click", () => {
      const column = Number(head.dataset.column);
      sorted = { column, ascending: sorted.column === column ? !sorted.ascending : true };
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sorted.ascending ? "ascending" : "descending");
      restart();
    }),
  );
  form.addEventListener("input", restart);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(restart));
  find("size").addEventListener("change", restart);
  for (const [name, step] of [["previous", -1], ["next", 1]])
    find(name).addEventListener("click", () => {
      page += step;
      update();
      root.querySelector(".scroller").scrollTop = 0;
    });
  find("all").addEventListener("click", () => selection.set(rows.map((row) => trials[row])));
  find("csv").addEventListener("click", () => save(csv(columns, rows), `${file}.csv`, "text/csv;charset=utf-8"));
  find("json").addEventListener("click", () => save(json(columns, rows), `${file}.json`, "application/json"));
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (!row || (event.target.type !== "checkbox" && String(getSelection()))) return; // text is being marked
    selection.pick([Number(row.dataset.trial)], true);
  });
  selection.addEventListener("change", () => {
    if (form.elements.selected.checked) return restart();
    for (const row of body.rows) {
      const picked = selection.trials.has(Number(row.dataset.trial));
      row.classList.toggle("picked", picked);
      row.querySelector("input").checked = picked;
    }
  });
  root.classList.add("live");
  update();
};

document.querySelectorAll("[data-view=trials]").forEach(makeTable);
