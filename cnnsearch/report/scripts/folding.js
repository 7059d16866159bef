// What is folded opens where an address, the contents or paper ask for it. (Browsers open it themselves for what is looked
// for in the page.)

const foldsAround = (element) => {
  const folds = [];
  for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) folds.push(fold);
  return folds;
};

const reveal = (target) => {
  const inner = target.matches(".line") ? target.querySelector("details") : null; // a view that is folded to a line
  for (const fold of [...foldsAround(target), ...(inner ? [inner] : [])]) fold.open = true;
};

const addressed = () => {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // no address of anything: a percent sign alone
  }
};

const revealAddressed = () => {
  const target = document.getElementById(addressed());
  if (!target) return;
  reveal(target);
  target.scrollIntoView();
};

addEventListener("hashchange", revealAddressed);
for (const link of document.querySelectorAll(".contents a"))
  link.addEventListener("click", () => link.hash === location.hash && revealAddressed()); // then the hash does not change
if (location.hash) revealAddressed();

// What is folded has no width yet, or that of the page when it was drawn.
document.addEventListener(
  "toggle",
  ({ target }) => {
    const list = target.id && document.querySelector(`.contents [data-of="${CSS.escape(target.id)}"]`);
    if (list) list.hidden = !target.open;
    if (!target.open) return;
    const inside = places.filter((place) => target.contains(place));
    inside.forEach(fit);
    refresh(inside.filter((place) => drawn.has(place)));
  },
  true,
);
for (const list of document.querySelectorAll(".contents [data-of]"))
  list.hidden = !document.getElementById(list.dataset.of).open;

let unfolded = []; // for paper
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("main details:not([open], [hidden])")];
  for (const fold of unfolded) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of unfolded) fold.open = false;
  unfolded = [];
});
