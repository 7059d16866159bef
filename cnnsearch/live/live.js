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

const keepFolds = (old, fresh) => {
  const open = [...old.querySelectorAll("details")].map((each) => each.open);
  for (const [index, each] of [...fresh.querySelectorAll("details")].entries()) each.open = open[index] ?? each.open;
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
      old.replaceWith(fresh);
    } else {
      keepFigures(fresh.cloneNode(), fresh);
      holder.append(fresh);
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
