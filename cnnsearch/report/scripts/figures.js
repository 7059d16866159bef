// Draws the figures that come near the screen, in the theme's colours, with the selected trials brought out.

const darkColours = JSON.parse(document.getElementById("dark-colours").textContent);
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const hovers = matchMedia("(hover: hover)").matches;
const touches = matchMedia("(pointer: coarse)").matches; // there a drag scrolls the page
const PRINTED_WIDTH = 680; // of A4 within its margins, in CSS pixels
const FAINT = 0.13;
// Since version 4, plotly.js has a button that sends the chart to a server, unless it is told not to.
const config = {
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  responsive: true,
  displayModeBar: hovers ? "hover" : false,
  modeBarButtons: [["toImage", "zoom2d", "pan2d", "select2d", "resetScale2d"]],
};
const drawn = new Set();
const figures = new WeakMap();
let printing = false;

// Colours are replaced wherever a key says that its value is one, so that no text is ever taken for a colour.
const recoloured = (value, isColour) => {
  if (typeof value === "string") return isColour && Object.hasOwn(darkColours, value) ? darkColours[value] : value;
  if (Array.isArray(value)) return value.map((item) => recoloured(item, isColour));
  if (value === null || typeof value !== "object") return value;
  const pairs = Object.entries(value).map(([key, item]) => [key, recoloured(item, /color(scale)?$/.test(key))]);
  return Object.fromEntries(pairs);
};

const listed = (entry) => (entry === null || entry === undefined ? [] : [entry].flat(Infinity));
const points = (trace) => (trace.x ?? trace.y ?? []).length;
const isOneTrial = (trace) => trace.customdata?.length === 1 && points(trace) > 1;
const trialsAt = (trace, place) =>
  isOneTrial(trace) ? listed(trace.customdata[0]) : listed([place].flat().reduce((row, index) => row?.[index], trace.customdata));

const highlighted = (trace, trials) => {
  if (!trace.customdata || !["scatter", "bar"].includes(trace.type)) return trace;
  if (isOneTrial(trace)) {
    if (!listed(trace.customdata).some((trial) => trials.has(trial))) return { ...trace, opacity: FAINT };
    const line = { ...trace.line, width: Math.max(3, trace.line?.width ?? 2) };
    return { ...trace, opacity: 1, line, zorder: 1, visible: true }; // also what the legend hides at first
  }
  const selectedpoints = trace.customdata.flatMap((entry, index) => (listed(entry).some((trial) => trials.has(trial)) ? [index] : []));
  const unselected = { marker: { opacity: FAINT }, ...(trace.text ? { textfont: { color: "rgba(0,0,0,0)" } } : {}) };
  return { ...trace, selectedpoints, selected: { marker: { opacity: 1 } }, unselected: trace.type === "bar" ? { marker: { opacity: FAINT } } : unselected };
};

const read = (place) => {
  if (!figures.has(place)) {
    const figure = JSON.parse(place.querySelector("script").textContent);
    const trials = new Set(figure.data.flatMap((trace) => listed(trace.customdata)));
    figures.set(place, { ...figure, trials });
  }
  return figures.get(place);
};

// Where a row of panels is wider than the screen, they stand below each other; data-stacked is how high that is.
const rows = new WeakMap(); // place -> the height and least width of the figure in rows
const isStacked = (place) => Boolean(place.dataset.stacked) && !printing && place.parentElement.clientWidth < rows.get(place).width;

// Gives the place of a figure its height, and says whether that is another one than before.
const fit = (place) => {
  if (!place.dataset.stacked || !place.parentElement.clientWidth) return false; // or it is folded
  if (!rows.has(place)) rows.set(place, { height: place.style.height, width: parseFloat(place.style.minWidth) });
  const { height, width } = rows.get(place);
  const stacked = isStacked(place);
  const before = place.style.height;
  place.style.height = stacked ? `${place.dataset.stacked}px` : height;
  place.style.minWidth = stacked ? 0 : `${width}px`;
  return place.style.height !== before;
};

const stackedLayout = (layout, height) => {
  const { panels, gap } = layout.meta;
  const share = (1 - gap * (panels - 1)) / panels;
  const stacked = { ...layout, height };
  for (let place = 0; place < panels; place++) {
    const [x, y] = ["xaxis", "yaxis"].map((name) => (place ? `${name}${place + 1}` : name));
    const top = 1 - place * (share + gap);
    const title = layout[y].title?.text ? layout[y].title : layout.yaxis.title; // a row had it once
    stacked[x] = { ...layout[x], domain: [0, 1] };
    stacked[y] = { ...layout[y], title, domain: [Math.max(0, top - share), top] };
  }
  return stacked;
};

// A map that stands alone has its own colour bar: that of the row may be out of sight.
const withOwnBars = (data, layout) => {
  const shared = data.find((trace) => trace.type === "heatmap" && trace.showscale !== false && trace.colorbar);
  if (!shared) return data;
  return data.map((trace) => {
    if (trace.type !== "heatmap") return trace;
    const [low, high] = layout[(trace.yaxis ?? "y").replace("y", "yaxis")].domain;
    return { ...trace, showscale: true, colorbar: { ...shared.colorbar, len: high - low, y: (low + high) / 2 } };
  });
};

const draw = (place) => {
  const figure = read(place);
  const selected = selectionOf(place)?.trials ?? new Set();
  let { data, layout } = prefersDark.matches && !printing ? recoloured({ data: figure.data, layout: figure.layout }, false) : figure;
  if (selected.size && figure.trials.size) data = data.map((trace) => highlighted(trace, selected));
  layout = { ...layout, uirevision: "kept", dragmode: touches ? false : (layout.dragmode ?? "zoom") };
  fit(place);
  if (isStacked(place)) {
    layout = stackedLayout(layout, Number(place.dataset.stacked));
    data = withOwnBars(data, layout);
  }
  if (printing) layout = { ...layout, width: PRINTED_WIDTH };
  let canvas = place.querySelector(".canvas");
  const isNew = !canvas;
  if (isNew) {
    canvas = place.appendChild(document.createElement("div"));
    canvas.className = "canvas";
  }
  drawn.add(place);
  Plotly.react(canvas, data, layout, config);
  if (isNew) listen(place, canvas);
  tellUndrawn(place, figure.trials, selected);
};

// A thinned figure says so when selected trials are not among those that it draws.
const tellUndrawn = (place, known, selected) => {
  const number = known.size ? [...selected].filter((trial) => !known.has(trial)).length : 0;
  let note = place.parentElement.nextElementSibling;
  if (!note?.classList.contains("undrawn")) {
    if (!number) return;
    note = document.createElement("p");
    note.className = "undrawn";
    place.parentElement.after(note);
  }
  note.hidden = !number;
  note.textContent = `${number} of the ${selected.size} selected trials ${number === 1 ? "is" : "are"} not drawn here.`;
};

const hasMore = (event) => Boolean(event && (event.shiftKey || event.ctrlKey || event.metaKey));
const between = (value, [low, high]) => typeof value === "number" && value >= Math.min(low, high) && value <= Math.max(low, high);

// Trials with a point inside a box, whether their lines have markers or not.
const boxed = (figure, { x, y }) =>
  figure.data.flatMap((trace) =>
    (trace.customdata && trace.type === "scatter" ? [...trace.x.keys()] : [])
      .filter((index) => between(trace.x[index], x) && between(trace.y[index], y))
      .flatMap((index) => trialsAt(trace, index)),
  );

// On parallel axes a box is a range on each axis that it touches; ranges on several axes must all hold.
const brushed = (figure, brushes) => {
  const lines = figure.data.filter((trace) => trace.customdata);
  const kept = lines.filter((line) => [...brushes].every(([axis, range]) => between(line.y[axis], range)));
  return kept.flatMap((line) => listed(line.customdata));
};

const listen = (place, canvas) => {
  const selection = selectionOf(place);
  const figure = read(place);
  if (!selection || !figure.trials.size) return;
  const isParallel = figure.layout.meta?.parallel === true;
  const brushes = new Map();
  const forget = () => brushes.clear();
  canvas.on("plotly_click", ({ points, event }) => {
    const trials = points.flatMap(({ data, pointNumber }) => trialsAt(data, pointNumber));
    if (trials.length) selection.pick([...new Set(trials)], hasMore(event));
    forget();
  });
  canvas.on("plotly_selected", (event) => {
    if (!event?.range) return;
    const { x, y } = event.range;
    let trials;
    if (isParallel) {
      const axes = [...figure.layout.meta.axes.keys()].filter((axis) => between(axis, [Math.min(...x) - 0.15, Math.max(...x) + 0.15]));
      axes.forEach((axis) => brushes.set(axis, y));
      trials = axes.length ? brushed(figure, brushes) : [];
    } else trials = boxed(figure, event.range);
    selection.set(new Set(trials));
  });
  canvas.on("plotly_doubleclick", () => {
    forget();
    if (selection.trials.size) selection.set([]);
  });
  selection.addEventListener("change", () => {
    if (!selection.trials.size) forget();
  });
};

const places = [...document.querySelectorAll(".figure")];
const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      draw(entry.target);
    }
  },
  { rootMargin: "600px" },
);
places.forEach(fit);
places.forEach((place) => watcher.observe(place));
// Observing anew draws at once what is near the screen, and the rest when it comes there.
const refresh = (some) => {
  for (const place of some) {
    watcher.unobserve(place);
    watcher.observe(place);
  }
};
for (const [article, selection] of selections)
  selection.addEventListener("change", () => refresh(places.filter((place) => article.contains(place) && drawn.has(place))));
prefersDark.addEventListener("change", () => refresh(drawn));
addEventListener("resize", () => refresh(places.filter(fit).filter((place) => drawn.has(place))));
addEventListener("beforeprint", () => {
  printing = true;
  places.forEach(draw);
});
addEventListener("afterprint", () => {
  printing = false;
  for (const place of drawn) {
    draw(place);
    Plotly.Plots.resize(place.querySelector(".canvas"));
  }
});
