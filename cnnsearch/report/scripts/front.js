// Choosing on a front: bounds leave some of its trials, of which one is picked and shown.

// `picked`: the trial that a reader had picked, where the section takes the place of another one.
const makeFront = (section, picked = "") => {
  const form = section.querySelector("form");
  if (!form) return; // no trial has a value
  section.classList.add("live");
  const bounds = [...form.elements.bound];
  const shown = section.querySelector(".shown");
  const rows = [...section.querySelectorAll("tbody tr[data-trial]")].map((row) => ({
    row,
    values: JSON.parse(row.dataset.values),
    radio: row.querySelector("input"),
    details: section.querySelector(`details[data-trial="${row.dataset.trial}"]`),
  }));
  const chosen = rows.find(({ row }) => row.classList.contains("best"));

  const keeps = ({ values }) =>
    bounds.every(({ value, dataset }, place) => {
      if (!value.trim()) return true;
      if (values[place] === null) return false;
      return dataset.mode === "max" ? values[place] >= Number(value) : values[place] <= Number(value);
    });

  const show = (picked) => {
    for (const each of rows) {
      each.radio.checked = each === picked;
      each.details.hidden = each !== picked;
      each.details.open = each === picked;
    }
  };

  const bound = () => {
    const wrong = bounds.filter(({ value }) => value.trim() && !Number.isFinite(Number(value)));
    for (const input of bounds) input.toggleAttribute("aria-invalid", wrong.includes(input));
    shown.classList.toggle("wrong", wrong.length > 0);
    if (wrong.length) return void (shown.textContent = `not a number: ${wrong.map(({ value }) => value).join(", ")}`);
    const left = rows.filter(keeps); // in order of the metric
    for (const each of rows) each.row.hidden = !left.includes(each);
    const isBound = left.length < rows.length;
    const picked = isBound ? left[0] : chosen ?? rows[0];
    show(picked);
    const count = `${left.length} of ${rows.length} trials of the front`;
    if (!isBound) shown.textContent = `${count}; pick one`;
    else if (!picked) shown.textContent = `${count} keep these bounds`;
    else shown.textContent = `${count} keep these bounds; the best ${form.dataset.metric} of them has trial ${picked.row.dataset.trial}`;
  };

  form.addEventListener("input", bound);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(bound));
  for (const each of rows)
    each.radio.addEventListener("change", () => {
      show(each);
      shown.textContent = `picked is trial ${each.row.dataset.trial}`;
      selectionOf(section).set([Number(each.row.dataset.trial)]);
    });
  bound();
  const before = rows.find(({ row }) => row.dataset.trial === picked && !row.hidden);
  if (before) show(before);
};

document.querySelectorAll("[data-view=front]").forEach((section) => makeFront(section));
