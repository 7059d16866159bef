// Tables that stand on the page as a whole are sorted where they stand.

const cellKey = (row, column) => {
  const { dataset, textContent } = row.cells[column];
  if (dataset.value === undefined) return textContent.trim();
  return dataset.value === "" ? null : Number(dataset.value);
};

for (const button of document.querySelectorAll("[data-view]:not([data-view=trials]) table.sortable th button")) {
  button.addEventListener("click", () => {
    const header = button.closest("th");
    const body = header.closest("table").tBodies[0];
    const ascending = header.getAttribute("aria-sort") !== "ascending";
    for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const rows = [...body.rows].map((row) => [cellKey(row, header.cellIndex), row]);
    rows.sort(([left], [right]) => {
      if (left === null || right === null) return (left === null) - (right === null); // what is missing stays last
      return ascending ? compare(left, right) : compare(right, left);
    });
    body.append(...rows.map(([, row]) => row));
  });
}
