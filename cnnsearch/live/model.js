"use strict";
// Sends a picture, or a text, to the server that this page came from, and shows what the model answers.
(() => {
  const at = (id) => document.getElementById(id);
  const MOST_BARS = 10;
  const COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#bcbd22", "#17becf"];
  const SVG = "http://www.w3.org/2000/svg";
  let asked = 0; // an answer that comes behind a later question is not shown

  const refuse = (told) => {
    at("refused").textContent = told;
    at("refused").hidden = false;
    at("answer").hidden = true;
  };

  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const showTable = (table) => {
    const rows = Object.entries(table).map(([heading, cell]) => {
      const row = document.createElement("tr");
      const head = element("th", heading);
      head.scope = "row";
      const value = element("td", cell);
      value.style.whiteSpace = "pre-line";
      row.append(head, value);
      return row;
    });
    at("table").replaceChildren(...rows);
  };

  const showBars = (probabilities) => {
    // Names that are numbers come first in an object, whatever its order was.
    const bars = Object.entries(probabilities ?? {})
      .sort(([, one], [, other]) => other - one)
      .slice(0, MOST_BARS)
      .map(([name, share]) => {
        const bar = document.createElement("li");
        const meter = document.createElement("progress");
        meter.max = 1;
        meter.value = share;
        meter.setAttribute("aria-label", name);
        bar.append(element("span", name, "name"), meter, element("span", share.toFixed(3), "number"));
        return bar;
      });
    at("bars").replaceChildren(...bars);
  };

  const showBoxes = (boxes, [height, width]) => {
    const drawn = at("boxes");
    drawn.toggleAttribute("hidden", !boxes);
    drawn.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawn.setAttribute("preserveAspectRatio", "none");
    const rects = (boxes ?? [])
      .filter((each, place) => each.score >= 0.5 || place === 0)
      .map((each) => {
        const [left, top, right, bottom] = each.box;
        const rect = document.createElementNS(SVG, "rect");
        const sides = { x: left, y: top, width: right - left, height: bottom - top };
        for (const [name, value] of Object.entries(sides)) rect.setAttribute(name, Math.max(0, value));
        const title = document.createElementNS(SVG, "title");
        title.textContent = `${each.class} ${each.score.toFixed(2)}`;
        rect.append(title);
        return rect;
      });
    drawn.replaceChildren(...rects);
  };

  // A mask has indices of classes for grey levels: each gets a colour, the first one none.
  const showMask = (address) => {
    at("mask").hidden = !address;
    if (!address) return;
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
      for (let place = 0; place < pixels.data.length; place += 4) {
        const index = pixels.data[place];
        const colour = parseInt((COLOURS[(index + COLOURS.length - 1) % COLOURS.length] ?? "#000000").slice(1), 16);
        pixels.data.set([colour >> 16, (colour >> 8) & 255, colour & 255, index === 0 ? 0 : 255], place);
      }
      context.putImageData(pixels, 0, 0);
      at("mask").src = canvas.toDataURL();
    };
    image.src = address;
  };

  const showLooked = (looked) => {
    at("looked").hidden = !looked;
    at("heat").hidden = !(looked?.picture && at("with-heat").checked);
    if (!looked) return;
    at("heat").src = looked.picture || "data:,";
    at("looked").querySelector("span").textContent = `Where the network looked: ${looked.why}.`;
    at("with-heat").disabled = !looked.picture;
  };

  const show = (told, name, file) => {
    at("refused").hidden = true;
    at("name").textContent = name;
    at("seen").hidden = !file;
    if (file) {
      URL.revokeObjectURL(at("picture").src);
      at("picture").src = URL.createObjectURL(file);
    }
    showTable(told.table);
    showBars(told.probabilities);
    showBoxes(told.boxes, told.size);
    showMask(told.mask);
    showLooked(told.looked);
    at("doubt").textContent = told.doubt;
    at("doubt").hidden = !told.doubt;
    at("answer").hidden = false;
  };

  const ask = async (body, name, file) => {
    const number = ++asked;
    const most = Number(at("ask").dataset.most);
    if (new Blob([body]).size > most) return refuse(`${name} is larger than ${most / 1e6} MB, and no more is read.`);
    let told;
    try {
      const response = await fetch(`predict?name=${encodeURIComponent(name)}`, { method: "POST", body });
      told = await response.json();
    } catch {
      told = { error: "was not answered: see where cnnsearch serve was started" };
    }
    if (number !== asked) return;
    if (told.error) refuse(`${name} ${told.error}.`);
    else show(told, name, file);
  };

  at("with-heat").addEventListener("change", () => (at("heat").hidden = !at("with-heat").checked));
  // Of a TIFF a browser shows nothing: what the model tells is shown all the same.
  at("picture").addEventListener("error", () => (at("seen").hidden = true));

  const field = at("file");
  if (field) {
    const drop = at("drop");
    field.addEventListener("change", () => field.files[0] && ask(field.files[0], field.files[0].name, field.files[0]));
    for (const kind of ["dragover", "dragleave", "drop"]) {
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", kind === "dragover");
      });
    }
    drop.addEventListener("drop", (event) => {
      const [file] = event.dataTransfer.files;
      if (file) ask(file, file.name, file);
    });
  }
  at("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    if (at("text")) ask(at("text").value, "The text", null);
  });
})();
