// The map: a tile for each municipality, about where it lies, shaded in classes with clean limits.
import { make, one } from "./dom.js";
import { columnsOf, placeRows, showAbout, sorter, sourceOf } from "./emissions.js";
import { asCsv, offer, showTable } from "./table.js";
import { aboutFile, axisNumber, cellOf, changeText, decimalsOf, fileName, levelText, sectorWords, setName, valueText } from "./words.js";

const CLASSES = 5;

// [[code, value]] -> [{ from, members }], lowest first, or highest where turn is -1; nearly equally many in each
export function classesOf(pairs, turn = 1) {
  const sorted = pairs.filter(([, value]) => value !== null).map(([, value]) => turn * value).sort((a, b) => a - b);
  const n = sorted.length, aside = Math.floor(n / (3 * CLASSES)), limits = [-Infinity];
  for (let i = 1; i < CLASSES; i += 1) { // a limit may stand a third of a class aside, where a round number is
    const at = Math.round((i * n) / CLASSES), low = sorted[Math.max(at - aside - 1, 0)], high = sorted[Math.min(at + aside, n - 1)];
    const limit = low < high ? roundBetween(low, high, sorted[Math.min(at, n - 1)]) : -Infinity;
    if (limit > limits.at(-1)) limits.push(limit);
  }
  const classes = limits.map((limit) => ({ from: turn * limit, members: [] }));
  for (const [code, value] of pairs) {
    if (value !== null) classes[limits.findLastIndex((limit) => turn * value >= limit)].members.push(code);
  }
  return classes.filter(({ members }) => members.length);
}
function roundBetween(low, high, near) { // the roundest number above low, at most high; of such the nearest
  for (let power = Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high)))); power > -12; power -= 1) {
    for (const digit of [5, 2, 1]) {
      const step = digit * 10 ** power, fits = (each) => each > low && each <= high;
      const found = [Math.round(near / step), Math.floor(high / step)].map((times) => Number((times * step).toPrecision(12))).find(fits);
      if (found !== undefined) return found;
    }
  }
  return high;
}
function asPrinted(value, choice, decimals) { // so that no tile is in another class than its number says
  if (value === null) return null;
  const number = (each, ...how) => Number(cellOf(each, ...how).plain.replace(",", "."));
  if (choice.f !== "niva") return number(value, 0, 100) / 100;
  if (choice.m === "invanare") return number(value, value > 0 && value < 0.05 ? 2 : decimals);
  return value < 1e6 ? number(value, 0) : number(value / 1e6, 1) * 1e6;
}

export function mapOf(place, model, point) { // build it once; what it shows is set by showMap
  const { data } = model, tiles = new Map(), at = new Map();
  for (const [county, name] of Object.entries(data.counties)) {
    const group = make("div", { role: "group", "aria-label": name });
    for (const [code, , own, row, column, label] of [...data.places].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
      if (own !== county || row === undefined) continue;
      const tile = make("div", { class: "tile", "data-code": code }, make("b", { "aria-hidden": "true" }, label), make("span", { "aria-hidden": "true" }));
      tile.style.gridRow = String(row + 1);
      tile.style.gridColumn = String(column + 1);
      group.append(tile);
      tiles.set(code, tile);
      at.set(`${row} ${column}`, { code, county, row, column });
    }
    place.append(group);
  }
  edges(at, tiles);
  const by = new Map([...at.values()].map((each) => [each.code, each]));
  place.addEventListener("keydown", (event) => walk(event, place, by));
  place.addEventListener("focusin", (event) => reach(event.target, place, point));
  place.addEventListener("pointerover", (event) => event.target.closest?.("[role=option]") && point(event.target.closest("[role=option]").dataset.code));
  place.addEventListener("click", (event) => event.target.closest("[role=option]")?.focus());
  return tiles;
}
function reach(tile, place, point) { // the tab key comes back to where the reader was
  for (const before of place.querySelectorAll("[tabindex='0']")) {
    before.setAttribute("tabindex", "-1");
    before.setAttribute("aria-selected", "false");
  }
  tile.setAttribute("tabindex", "0");
  tile.setAttribute("aria-selected", "true");
  point(tile.dataset.code);
}
function edges(at, tiles) { // a line where the neighbour belongs to another county
  const sides = { up: [-1, 0], left: [0, -1] };
  for (const { code, county, row, column } of at.values()) {
    for (const [side, [down, right]] of Object.entries(sides)) {
      const other = at.get(`${row + down} ${column + right}`);
      if (other && other.county !== county) tiles.get(code).classList.add(side);
    }
  }
}
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function walk(event, place, by) { // arrows go to the nearest tile that way; Home and End to the first and the last
  const from = by.get(event.target.dataset.code), options = [...place.querySelectorAll("[role=option]")];
  let to = null;
  if (event.key === "Home") to = options[0];
  else if (event.key === "End") to = options.at(-1);
  else if (STEPS[event.key] && from) to = nearest(from, STEPS[event.key], options, by);
  else return;
  event.preventDefault();
  to?.focus();
}
function nearest(from, [down, right], options, by) {
  let best = null, least = Infinity;
  for (const option of options) {
    const there = by.get(option.dataset.code), along = (there.row - from.row) * down + (there.column - from.column) * right;
    const aside = Math.abs((there.row - from.row) * right) + Math.abs((there.column - from.column) * down);
    const far = along + aside * 2;
    if (along > 0 && far < least) { best = option; least = far; }
  }
  return best;
}

export function showMap(view, choice, model, tiles, choose) {
  const { data } = model, year = Number(choice.ar), codes = model.codesOf(choice), decimals = decimalsOf(choice);
  const values = new Map(codes.map((code) => [code, model.valueOf([code], choice, year)])), member = new Set(model.members);
  const pairs = [...values].map(([code, value]) => [code, asPrinted(value, choice, decimals)]);
  const classes = classesOf(pairs, choice.f === "niva" ? 1 : -1);
  const classOf = new Map(classes.flatMap(({ members }, i) => members.map((code) => [code, i + 1])));
  let first = true;
  for (const [code, tile] of tiles) {
    const value = values.get(code), own = classOf.get(code);
    tile.className = tile.className.replace(/ (shown|c\d)/g, "");
    tile.lastChild.textContent = "";
    for (const name of ["role", "tabindex", "aria-label", "aria-selected"]) tile.removeAttribute(name);
    if (own === undefined) continue;
    const name = model.names.get(code), text = valueText(value, choice, decimals);
    tile.classList.add("shown", `c${own}`);
    tile.setAttribute("role", "option");
    tile.setAttribute("tabindex", first ? "0" : "-1");
    tile.setAttribute("aria-selected", "false");
    tile.setAttribute("aria-label", `${name}, ${text}, klass ${own} av ${classes.length}${member.has(code) ? "" : ", inte medlem"}`);
    tile.lastChild.textContent = short(text);
    first = false;
  }
  for (const group of one(".tile-map", view).children) {
    const any = group.querySelector("[role=option]") !== null;
    if (any) group.setAttribute("role", "group"); else group.removeAttribute("role");
    group.setAttribute("aria-hidden", String(!any));
  }
  one(".tile-map", view).hidden = first;
  const what = `${choice.f === "niva" ? "Utsläpp" : `Förändring sedan ${data.base} av utsläppen`}${choice.m === "invanare" ? " per invånare" : ""}${sectorWords(choice, data)}`;
  const shown = classOf.size, lacking = codes.length - shown;
  one(".says", view).textContent = first ? "Välj minst en kommun, så syns den på kartan."
    : `${what} ${year}: ${shown === 1 ? "en kommun" : `${shown} kommuner`} på kartan${lacking ? `, ${lacking} utan statistik för året` : ""}. Starkare färg betyder ${choice.f === "niva" ? "mer utsläpp" : "större minskning"}.`;
  showLegend(one(".classes", view), classes, choice, Math.max(...pairs.map(([, value]) => value)));
  showDetail(view, choice, model, null);
  const columns = [...columnsOf(choice, data), { id: "klass", label: "Klass", numeric: true }];
  const rows = placeRows(choice, model).map((row) => ({ ...row, cells: [...row.cells, cellOf(classOf.get(row.codes[0]) ?? null, 0)] }));
  const listed = showTable(one(".places", view), { caption: `${setName(choice, model)} på kartan, ${year}`, columns, rows, order: choice.ordning, sort: sorter(choose) });
  const about = aboutFile(choice, data, 1, sourceOf(data));
  offer(one(".places-file", view), fileName(`karta-${year}`, choice, data), () => asCsv(columns, listed, about));
  showAbout(one(".about", view), choice, model);
}
function short(text) { return text.replace(/\s(ton|%)$/, "").replace(/\smiljoner ton$/, " mn"); }

function showLegend(list, classes, choice, most) {
  const told = (limit) => (choice.f !== "niva" ? changeText(limit) : choice.m === "invanare" ? `${axisNumber(limit)} ton` : levelText(limit, choice));
  list.replaceChildren(...classes.map(({ from, members }, i) => {
    const next = i + 1 < classes.length ? told(classes[i + 1].from) : "", falling = choice.f !== "niva";
    const start = i ? told(from) : "", below = falling ? "över" : "under"; // the first class has no start
    const words = i && next ? `${short(start)} till ${below} ${next}` : next ? `${below} ${next}` : i ? `${start} eller ${falling ? "lägre" : "mer"}` : "alla lika";
    const many = members.length === 1 ? "1 kommun" : `${members.length} kommuner`;
    return make("li", {}, make("span", { class: `tile shown c${i + 1}`, "aria-hidden": "true" }, make("b", {}, String(i + 1))), ` ${words} `,
      make("span", { class: "many" }, i && !next && !falling ? `${many}, högst ${valueText(most, choice, 1)}` : many));
  }));
}
export function showDetail(view, choice, model, code) {
  const place = one(".detail", view), { data } = model;
  if (code === null) {
    place.replaceChildren(make("span", { class: "soft" }, "Peka på en ruta, eller gå mellan rutorna med piltangenterna."));
    return;
  }
  const [, name, county] = data.places.find(([own]) => own === code), year = Number(choice.ar);
  const text = valueText(model.valueOf([code], choice, year), choice, decimalsOf(choice));
  const kind = model.members.includes(code) ? "medlem" : "inte medlem";
  place.replaceChildren(make("strong", {}, name), ` ${data.counties[county]}, ${kind}. `, make("strong", {}, text), ` ${year}`);
}
