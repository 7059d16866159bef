// Marks in the contents the section that is being read.

const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
const visible = new Set();
const reading = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) entry.isIntersecting ? visible.add(entry.target) : visible.delete(entry.target);
    const current = sections.find((section) => visible.has(section));
    if (!current) return;
    links.forEach((link) => link.removeAttribute("aria-current"));
    const link = links.get(current.id);
    link.setAttribute("aria-current", "true");
    const group = link.closest("details");
    if (group) document.querySelectorAll(".contents details").forEach((each) => (each.open = each === group));
    const list = link.closest(".contents");
    const shift = link.offsetTop - list.scrollTop;
    if (shift < 0 || shift > list.clientHeight - 40) list.scrollTop = link.offsetTop - list.clientHeight / 2;
    list.scrollLeft = link.offsetLeft - list.clientWidth / 2;
  },
  { rootMargin: "-15% 0px -70% 0px" },
);
const sections = [...document.querySelectorAll("section[id]")].filter((section) => links.has(section.id));
sections.forEach((section) => reading.observe(section));
