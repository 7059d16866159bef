"use strict";
(() => {
  const darkColours = JSON.parse(document.getElementById("dark-colours").textContent);
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  // Since version 4, plotly.js has a button that sends the chart to a server, unless it is told not to.
  const config = {
    displaylogo: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    responsive: true,
    displayModeBar: matchMedia("(hover: hover)").matches ? "hover" : false,
    modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
  };
  const drawn = new Set();
  let printing = false;

  // Colours are replaced wherever a key says that its value is one, so that no text is ever taken for a colour.
  const recoloured = (value, isColour) => {
    if (typeof value === "string") return isColour && Object.hasOwn(darkColours, value) ? darkColours[value] : value;
    if (Array.isArray(value)) return value.map((item) => recoloured(item, isColour));
    if (value === null || typeof value !== "object") return value;
    const pairs = Object.entries(value).map(([key, item]) => [key, recoloured(item, /color(scale)?$/.test(key))]);
    return Object.fromEntries(pairs);
  };

  const draw = (place) => {
    const figure = JSON.parse(place.querySelector("script").textContent);
    const { data, layout } = prefersDark.matches && !printing ? recoloured(figure, false) : figure;
    let canvas = place.querySelector(".canvas");
    if (!canvas) {
      canvas = place.appendChild(document.createElement("div"));
      canvas.className = "canvas";
    }
    drawn.add(place);
    return Plotly.react(canvas, data, layout, config);
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
  places.forEach((place) => watcher.observe(place));
  prefersDark.addEventListener("change", () => drawn.forEach(draw));
  addEventListener("beforeprint", () => {
    printing = true;
    places.forEach(draw);
  });
  addEventListener("afterprint", () => {
    printing = false;
    drawn.forEach(draw);
  });

  const key = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.value === undefined) return cell.textContent.trim();
    return cell.dataset.value === "" ? null : Number(cell.dataset.value);
  };
  const compare = (left, right) =>
    typeof left === "number" && typeof right === "number" ? left - right : String(left).localeCompare(String(right));

  for (const button of document.querySelectorAll("table.sortable th button")) {
    button.addEventListener("click", () => {
      const header = button.closest("th");
      const body = header.closest("table").tBodies[0];
      const ascending = header.getAttribute("aria-sort") !== "ascending";
      for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      const rows = [...body.rows].map((row) => [key(row, header.cellIndex), row]);
      rows.sort(([left], [right]) => {
        if (left === null || right === null) return (left === null) - (right === null); // what is missing stays last
        return ascending ? compare(left, right) : compare(right, left);
      });
      body.append(...rows.map(([, row]) => row));
    });
  }
})();
