// The view of emissions: a sentence, key figures, curves, and the municipalities in a table.
import { make, one } from "./dom.js";
import { MEMBERS } from "./choice.js";
import { lineChart } from "./chart.js";
import { asCsv, offer, showTable } from "./table.js";
import { aboutFile, axisNumber, cellOf, changeText, claimOf, decimalsOf, fileName, groupOf, howMade, levelText, printedOr, sectorWords, sentence, setName, valueText } from "./words.js";

// ---- the sets that stand beside each other: the choice, the members, the nation ----
function setsOf(choice, model) {
  const { data } = model, own = { kind: choice.k === MEMBERS ? "members" : "chosen", group: groupOf(choice) };
  const sets = [{ ...own, name: setName(choice, model), codes: model.codesOf(choice) }];
  if (choice.k !== MEMBERS) sets.push({ kind: "members", group: "members", name: "Medlemmarna", codes: model.members });
  sets.push({ kind: "nation", group: "nation", name: "Hela landet", codes: [data.nation] });
  return sets.filter(({ codes }) => codes.length);
}
export function seriesOf(choice, model) {
  const { data } = model, away = choice.m === "totalt" && choice.f === "niva"; // the nation would dwarf the rest
  return setsOf(choice, model).filter(({ kind }) => !(away && kind === "nation")).map((set) => ({
    ...set,
    points: model.yearsOf(choice.s).flatMap((year) => {
      const value = model.valueOf(set.codes, choice, year);
      const claim = claimOf(data, choice, set.group, year, choice.f);
      return value === null ? [] : [{ year, value, text: printedOr(claim, valueText(value, choice)) }];
    }),
  }));
}

// ---- tables ----
export function columnsOf(choice, data) {
  const per = choice.m === "invanare" ? " per invånare" : "", year = choice.ar;
  return [
    { id: "kommun", label: "Kommun" },
    { id: "lan", label: "Län" },
    { id: "medlem", label: "Medlem" },
    { id: "niva", label: `Ton${per} ${year}`, numeric: true },
    { id: "forandring", label: `Ändring sedan ${data.base}, %`, numeric: true },
    { id: "invanare", label: `Invånare ${year}`, numeric: true },
  ];
}
export function rowOf(name, county, codes, choice, model, member = "") {
  const year = Number(choice.ar), { people } = model.setOf(codes, choice.s, year);
  const decimals = choice.m === "invanare" ? decimalsOf(choice) : 0;
  return {
    codes,
    cells: [
      { text: name, value: name },
      { text: county, value: county },
      { text: member, value: member },
      cellOf(model.levelOf(codes, choice, year), decimals),
      cellOf(model.changeOf(codes, choice, year), 0, 100),
      cellOf(people.includes(null) ? null : people.reduce((sum, each) => sum + each, 0), 0),
    ],
  };
}
export function placeRows(choice, model) {
  const { data } = model, chosen = new Set(model.codesOf(choice));
  return data.places.filter(([code]) => chosen.has(code)).map(([code, name, county]) => rowOf(name, data.counties[county], [code], choice, model, model.members.includes(code) ? "ja" : "nej"));
}
function setRows(choice, model) {
  const sets = setsOf(choice, model).filter(({ codes, kind }) => codes.length > 1 || kind === "nation");
  return sets.map(({ name, codes, kind }) => ({ ...rowOf(kind === "chosen" ? `${name} tillsammans` : name, "", codes, choice, model), kind }));
}
export function sourceOf(data) {
  return `${data.source.emissions}, utgåva ${data.source.vintage}; ${data.source.people}`;
}

// ---- the view ----
export function showEmissions(view, choice, model, choose) {
  const { data } = model, series = seriesOf(choice, model), year = Number(choice.ar);
  one(".says", view).textContent = sentence(choice, model);
  showTiles(one(".tiles ul", view), choice, model);
  const what = `${choice.m === "invanare" ? "Utsläpp per invånare" : "Utsläpp"}${sectorWords(choice, data)}`;
  const title = choice.f === "niva" ? what : `${what}, förändring sedan ${data.base}`;
  one(".what", view).textContent = `${title}.`;
  const shown = series.filter(({ points }) => points.length);
  one(".curves", view).hidden = !shown.length;
  if (shown.length) {
    lineChart(one(".chart-place", view), {
      series: shown, year, ...axisOf(choice, shown),
      told: `Linjediagram. ${title}: ${shown.map((one) => `${one.name} från ${one.points[0].text} ${one.points[0].year} till ${one.points.at(-1).text} ${one.points.at(-1).year}`).join("; ")}.`,
    });
    showSeries(view, choice, shown, title, data);
  }
  const columns = columnsOf(choice, data), rows = placeRows(choice, model);
  const listed = showTable(one(".places", view), {
    caption: `${title.split(",")[0]} ${choice.ar}, kommun för kommun`, columns, first: setRows(choice, model), rows,
    order: choice.ordning, sort: sorter(choose),
  });
  const about = aboutFile(choice, data, model.codesOf(choice).length, sourceOf(data));
  offer(one(".places-file", view), fileName(`utslapp-${choice.ar}`, choice, data), () => asCsv(columns, listed, about));
  showAbout(one(".about", view), choice, model);
}
function axisOf(choice, series) { // the unit, and the numbers of the axis in it
  if (choice.f === "forandring") return { unit: "Procent", tick: changeText };
  const most = Math.max(...series.flatMap(({ points }) => points.map((point) => point.value)));
  const millions = choice.m === "totalt" && most >= 1e6, size = millions ? 1e6 : 1;
  const tick = (value) => axisNumber(value / size);
  return { unit: choice.m === "invanare" ? "Ton per invånare" : millions ? "Miljoner ton" : "Ton", tick };
}
export function sorter(choose) {
  return { focus: sorter.last, to: (order, id) => { sorter.last = id; choose({ ordning: order || "" }); sorter.last = null; } };
}
function showTiles(list, choice, model) {
  const { data } = model, year = Number(choice.ar), sets = setsOf(choice, model);
  const per = choice.m === "invanare" ? " per invånare" : "";
  const tiles = sets.map(({ name, codes, kind, group }) => {
    const now = levelText(model.levelOf(codes, choice, year), choice), then = model.changeOf(codes, choice, year);
    const value = printedOr(claimOf(data, choice, group, year, "niva"), now);
    const change = printedOr(claimOf(data, choice, group, year, "forandring"), changeText(then));
    const since = year === data.base ? "" : `${change} sedan ${data.base}`;
    return make("li", { class: kind }, make("span", { class: "name" }, name), make("span", { class: "value" }, value),
      make("span", {}, `${per.trim()} ${year}`.trim()), ...(since ? [make("span", { class: "since" }, since)] : []));
  });
  list.replaceChildren(...tiles);
}
function showSeries(view, choice, series, title, data) {
  const years = [...new Set(series.flatMap(({ points }) => points.map((point) => point.year)))].sort();
  const change = choice.f === "forandring", large = choice.m === "totalt" && !change;
  const unit = change ? "%" : "ton";
  const columns = [{ id: "ar", label: "År" }, ...series.map((each) => ({ id: each.kind, label: `${each.name}, ${unit}`, numeric: true }))];
  const rows = years.map((year) => ({
    cells: [{ text: String(year), plain: String(year), value: year }, ...series.map(({ points }) => {
      const point = points.find((each) => each.year === year);
      return cellOf(point ? point.value : null, change || large ? 0 : 1, change ? 100 : 1);
    })],
  }));
  const listed = showTable(one(".series", view), { caption: title, columns, rows });
  const about = aboutFile(choice, data, 2, sourceOf(data)); // several together
  offer(one(".series-file", view), fileName("utslapp-over-aren", choice, data), () => asCsv(columns, listed, about));
}
export function showAbout(place, choice, model) {
  const { data } = model, codes = model.codesOf(choice), year = Number(choice.ar), n = codes.length;
  const facts = [
    ["Källa", sourceOf(data)],
    ["Utgåva", data.source.vintage],
    ["Dataår", `${year}${year === data.base ? "" : `, jämfört med ${data.base}`}${year > data.year ? `. Rapporten stannar vid ${data.year}; senare år ur samma utgåva` : ""}`],
    ["Definition", howMade(choice, data, n)],
    ["Omfattar", n === 1 ? "1 kommun" : `${n} kommuner`],
    ["Medlemmar", membersTold(model)],
  ];
  const printed = setsOf(choice, model).map(({ group, name }) => [claimOf(data, choice, group, year, "niva"), name]).filter(([claim]) => claim);
  if (printed.length) facts.push(["I rapporten", printed.map(([[id, text], name]) => make("a", { href: `report.html#claim-${id}` }, `${text}, ${name.toLowerCase()}`))]);
  place.replaceChildren(...facts.map(([name, told]) => make("div", {}, make("dt", {}, name), make("dd", {}, ...joined(told)))));
}
function joined(told) {
  return Array.isArray(told) ? told.flatMap((link, i) => (i ? ["; ", link] : [link])) : [told];
}
export function membersTold({ data, members }) {
  const { all: every, listed } = data.counted;
  const whole = every && listed && every !== listed ? ` ${listed} av ${every} medlemmar är belagda i förteckningen.` : "";
  const regions = data.regions.length === 0 ? "" : ` ${data.regions.join(" och ")} är också ${data.regions.length === 1 ? "medlem" : "medlemmar"}, men en region har inga egna utsläpp i statistiken: dess kommuner räknas var för sig.`;
  return `${members.length} medlemskommuner har statistik här.${whole}${regions}`;
}
