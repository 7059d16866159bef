// Asks what has changed, and puts it in place; figures keep their zoom, and what is unfolded stays so.

const SECONDS = 2;
const content = document.getElementById("content");
const shown = new Map(); // id -> the HTML that a section was made of
let version = Number(content.dataset.version);
let waits = content.dataset.over !== "true";

const parsed = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
};

// The figures of a section that was there stay the elements that they are, with what is drawn now.
const keepFigures = (old, fresh) => {
  const kept = [...old.querySelectorAll(".figure")];
  for (const [index, place] of [...fresh.querySelectorAll(".figure")].entries()) {
    const before = kept[index];
    if (!before) {
      places.push(place);
      watcher.observe(place);
      continue;
    }
    before.querySelector("script").textContent = place.querySelector("script").textContent;
    before.style.cssText = place.style.cssText;
    figures.delete(before);
    rows.delete(before);
    place.replaceWith(before);
  }
};

const foldsOf = (section) => {
  let place = 0; // those of trials come and go, the others stay
  return new Map([...section.querySelectorAll("details")].map((each) => [each.dataset.trial ?? `at ${place++}`, each]));
};

const keepFolds = (old, fresh) => {
  const before = foldsOf(old);
  for (const [key, each] of foldsOf(fresh)) each.open = before.get(key)?.open ?? each.open;
};

// The bounds of a front stay; else the trial that was picked does, if it was not the chosen one.
const keepInputs = (old, fresh) => {
  const [before, inputs] = [old, fresh].map((section) => [...section.querySelectorAll("[name=bound]")]);
  inputs.forEach((input, index) => (input.value = before[index]?.value ?? ""));
  const typed = inputs[before.indexOf(document.activeElement)];
  const picked = inputs.some((input) => input.value) ? "" : old.querySelector("tr:not(.best) input:checked")?.value;
  return { typed, picked };
};

const put = (holder, sections) => {
  for (const [id, html] of Object.entries(sections)) {
    const old = document.getElementById(id);
    if (old && shown.get(id) === html) continue;
    shown.set(id, html);
    const fresh = parsed(html);
    if (old) {
      keepFolds(old, fresh);
      keepFigures(old, fresh);
      const { typed, picked } = keepInputs(old, fresh);
      old.replaceWith(fresh);
      if (fresh.matches("[data-view=front]")) makeFront(fresh, picked);
      typed?.focus();
    } else {
      keepFigures(fresh.cloneNode(), fresh);
      holder.append(fresh);
      if (fresh.matches("[data-view=front]")) makeFront(fresh);
    }
    refresh([...fresh.querySelectorAll(".figure")]);
  }
  for (const section of [...holder.children]) if (!Object.hasOwn(sections, section.id)) section.remove();
  const order = Object.keys(sections);
  if (order.some((id, index) => holder.children[index]?.id !== id)) for (const id of order) holder.append(document.getElementById(id));
};

const ask = async () => {
  if (!document.hidden) {
    try {
      const answer = await fetch(`now?seen=${version}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      const told = await answer.json();
      document.getElementById("away").hidden = true;
      document.getElementById("head").innerHTML = told.head;
      if (told.sections) put(document.getElementById("sections"), told.sections);
      version = told.version;
      waits = !told.over;
    } catch {
      document.getElementById("away").hidden = false;
    }
  }
  if (waits) setTimeout(ask, SECONDS * 1000);
};
if (waits) setTimeout(ask, SECONDS * 1000);
