// Marks in the contents the section, or the folded question, that is being read.

const links = new Map([...document.querySelectorAll(".contents a[href^='#']")].map((link) => [link.hash.slice(1), link]));
const owner = (part) => part.closest("section[id], details[id]");
const listing = document.querySelector(".contents");
const visible = new Set();
const reading = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) entry.isIntersecting ? visible.add(entry.target) : visible.delete(entry.target);
    const current = parts.find((section) => visible.has(section));
    if (!current) return;
    links.forEach((link) => link.removeAttribute("aria-current"));
    const link = links.get(owner(current).id);
    link.setAttribute("aria-current", "true");
    const shift = link.offsetTop - listing.scrollTop;
    if (shift < 0 || shift > listing.clientHeight - 40) listing.scrollTop = link.offsetTop - listing.clientHeight / 2;
    listing.scrollLeft = link.offsetLeft - listing.clientWidth / 2;
  },
  { rootMargin: "-15% 0px -70% 0px" },
);
const parts = [...document.querySelectorAll("section[id], details[id] > summary")].filter((part) =>
  links.has(owner(part).id),
);
parts.forEach((section) => reading.observe(section));
