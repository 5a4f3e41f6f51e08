// A table that sorts by its headings and gives itself as a file: just what is shown, in the order in which it is shown.
import { make, one } from "./dom.js";

const NEXT = { "": "upp", upp: "ner", ner: "" }, ARIA = { upp: "ascending", ner: "descending" };
const collator = new Intl.Collator("sv");

// columns: [{ id, label, heading: for the file, numeric }]; rows: [{ name, cells: [{ text, plain, value }], kind }]
// first: rows that stay on top; order: "id-upp", "id-ner" or "" as given; sort: what to do with a new order
export function showTable(place, { caption, columns, first = [], rows, order = "", sort }) {
  const [by, way] = order.split("-"), column = columns.findIndex(({ id }) => id === by);
  const sorted = column < 0 || !way ? rows : ordered(rows, column, way);
  const heads = columns.map((each, i) => heading(each, i === column ? way : "", sort));
  const long = rows.length > 10 && place.classList.contains("scroll") ? ` (${rows.length} rader; rulla i tabellen)` : "";
  const table = make("table", {}, make("caption", {}, caption + long), make("thead", {}, make("tr", {}, ...heads)));
  if (first.length) table.append(make("tbody", { class: "sets" }, ...first.map((row) => line(row, columns))));
  table.append(make("tbody", {}, ...sorted.map((row) => line(row, columns))));
  place.replaceChildren(table);
  if (sort?.focus) one(`[data-by="${sort.focus}"]`, table)?.focus();
  return [...first, ...sorted];
}
function heading({ id, label, numeric, picture }, way, sort) {
  const th = make("th", { scope: "col", class: numeric && "number", "data-column": id, "aria-sort": way ? ARIA[way] : null });
  if (!sort || picture) { th.append(label); return th; }
  const button = make("button", { type: "button", class: "sort", "data-by": id, title: "Sortera" }, label);
  button.addEventListener("click", () => sort.to(NEXT[way || ""] && `${id}-${NEXT[way || ""]}`, id));
  th.append(button);
  return th;
}
function line({ cells, kind }, columns) {
  return make("tr", { class: kind }, ...cells.map((cell, i) => (i === 0
    ? make("th", { scope: "row" }, cell.text)
    : make("td", { class: columns[i].numeric && "number", "data-column": columns[i].id }, cell.text))));
}
function ordered(rows, column, way) { // what has no value stands last, either way
  const turn = way === "ner" ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a.cells[column].value, b.cells[column].value], [noX, noY] = [x === null, y === null];
    if (noX || noY) return noX - noY;
    return turn * (typeof x === "string" ? collator.compare(x, y) : x - y);
  });
}

// Semicolons, decimal commas and a byte order mark: what a Swedish spreadsheet opens as a table.
export function asCsv(columns, rows, about) { // about: { heading: what every row says too }; what is empty is left out
  const more = Object.entries(about).filter(([, told]) => told);
  const head = [...columns.map((each) => each.heading ?? each.label), ...more.map(([name]) => name)];
  const body = rows.map(({ cells }) => [...cells.map((cell) => cell.plain ?? cell.text), ...more.map(([, told]) => told)]);
  return "\ufeff" + [head, ...body].map((cells) => cells.map(safe).join(";") + "\r\n").join("");
}
export function safe(text) { // a number stays one; no other text may begin as a formula does
  if (/^-?\d+(,\d+)?$/.test(text)) return text;
  const inert = /^[=+\-@\t\r\u2212]/.test(text) ? "'" + text : text;
  return `"${inert.replace(/\s+/g, " ").replace(/"/g, '""')}"`;
}
export function offer(link, name, text) { // made when it is wanted
  link.download = name;
  link.href = "#";
  link.onclick = () => { link.href = "data:text/csv;charset=utf-8," + encodeURIComponent(text()); };
}
