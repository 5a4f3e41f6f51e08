// The view of the inventories: one place's emissions by the references of the GPC; a key stands as text, never as nought.
import { make, one } from "./dom.js";
import { asCsv, offer, showTable } from "./table.js";
import { sorter } from "./emissions.js";
import { exactly, number, plain } from "../../../report/assets/modules/numbers.js";

const GPC_COLUMNS = [
  { id: "ref", label: "Referens" },
  { id: "vad", label: "Vad" },
  { id: "skala", label: "Skala", numeric: true },
  { id: "niva", label: "Nivå" },
  { id: "ton", label: "Ton", heading: "Ton CO2e", numeric: true },
  { id: "nyckel", label: "Nyckel" },
  { id: "plats", label: "Plats" },
  { id: "varfor", label: "Varför" },
];
const GROUP_COLUMNS = [GPC_COLUMNS[1], { id: "ref", label: "Referenser" }, GPC_COLUMNS[4]];
const GPC_LEVELS = { territoriellt: ["TERRITORIAL", "BASIC", "BASIC+"], basic: ["BASIC"] };
const GPC_NAMES = { sektorer: "databasens huvudsektorer", territoriellt: "territoriellt, skala 1", basic: "BASIC, den del som är känd" };
const wholeTonnes = (tonnes) => number(exactly(tonnes)), inFile = (tonnes) => plain(exactly(tonnes), 3);

function tonnesCell(tonnes, key) {
  return { text: tonnes === null ? key : wholeTonnes(tonnes), plain: tonnes === null ? "" : inFile(tonnes), value: tonnes };
}
function cellsOf(gpc, choice) { // of each reference its key and why, or the next of the tonnes
  const { tonnes, words } = gpc.of[choice.gar][choice.gpc], left = [...tonnes];
  return gpc.patterns[words].map((at) => {
    const [key, certainty, reason] = gpc.words[at];
    return { key, certainty, reason, tonnes: key ? null : left.shift() };
  });
}
// Rows with what their bar is made of: tonnes, the scope that colours it, the bar it is a part of, and whether it can be divided.
export function inventoryRows(gpc, choice) {
  const own = gpc.of[choice.gar][choice.gpc];
  if (choice.del === "sektorer") {
    return gpc.groups.map(([label, refs], i) => ({
      tonnes: own.sectors[i], scope: 0, bar: label, mixed: refs.length > 1,
      cells: [{ text: label, value: label }, { text: refs.join(", "), value: refs[0] }, tonnesCell(own.sectors[i], "NE")],
    }));
  }
  const cells = cellsOf(gpc, choice);
  return gpc.references.map(([ref, label, scope, level], i) => {
    const { tonnes, key, certainty, reason } = cells[i];
    return { tonnes, scope, level, key, ref, bar: gpc.titles[ref.split(".")[0]], mixed: certainty === "mixed", cells: [
      { text: ref, value: i }, { text: label, value: label }, { text: String(scope), value: scope }, { text: level, value: level },
      tonnesCell(tonnes, key), ...[key, gpc.certainties[certainty], reason].map((text) => ({ text, value: text })),
    ] };
  }).filter(({ scope, level }) => GPC_LEVELS[choice.del].includes(level) && (choice.del === "basic" || scope === 1));
}
function inventorySentence(gpc, choice, rows) {
  const [total, ...sums] = gpc.of[choice.gar][choice.gpc].sums.map(wholeTonnes), start = `${gpc.names[choice.gpc]} ${choice.gar}`;
  if (choice.del === "sektorer") return `${start}: databasens total är ${total} ton. ${gpc.reason || "Totalen är varken GPC:s territoriella utsläpp eller BASIC."}`;
  if (choice.del === "territoriellt") return `${start}: de territoriella utsläppen är ${sums[0]} ton, med el och fjärrvärme som produceras till nät.`;
  const lacking = rows.filter(({ key }) => key === "NE" || key === "C").map(({ ref }) => ref);
  return `${start}: den del av BASIC som är känd är mellan ${sums[1]} och ${sums[2]} ton. Det är inte en hel BASIC. Det som saknas: ${lacking.join(", ")}.`;
}
function showBars(place, rows, told) { // a bar a sector, a piece a row, hatched where it cannot be divided; the table has the numbers
  const bars = new Map();
  for (const row of rows) if (row.tonnes) bars.set(row.bar, [...(bars.get(row.bar) ?? []), row]);
  const most = Math.max(...[...bars.values()].map((pieces) => pieces.reduce((sum, { tonnes }) => sum + tonnes, 0)));
  place.setAttribute("aria-label", told);
  place.replaceChildren(...[...bars].flatMap(([name, pieces]) => {
    const bar = make("span", { class: "stacked" });
    for (const { tonnes, scope, mixed } of [...pieces].sort((a, b) => a.scope - b.scope)) {
      const piece = make("span", { class: `piece scope${scope}${mixed ? " mixed" : ""}` });
      piece.style.width = `${(100 * tonnes) / most}%`;
      bar.append(piece);
    }
    return [make("span", {}, name), bar];
  }));
}
function formFile(gpc, choice) { // the form eCRF's own table: its headings letter by letter, decimal points, no key beside a number
  const cells = cellsOf(gpc, choice);
  const line = (cells) => cells.map((text) => (/[",]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text)).join(",") + "\r\n";
  return line(gpc.heads) + gpc.references.map(([ref, label, , , template], i) => {
    if (!template) return "";
    const { key, reason, tonnes } = cells[i], [sector, sub, scope] = template;
    const filled = {
      "Inventory year": choice.gar, "GPC ref. no.": ref, "CRF - Sector": sector, "CRF - Sub-sector": sub, Scope: scope,
      "Fuel type or activity": label, "Notation key": key, "Activity data - Description and Methodology": reason,
      "Activity data - Source": gpc.source, "GHGs (metric tonnes CO2e) - Total CO2e": tonnes === null ? "" : inFile(tonnes).replace(",", "."),
    };
    return line(gpc.heads.map((head) => filled[head] ?? ""));
  }).join("");
}
export function showInventory(view, choice, data, choose) {
  const { gpc } = data, rows = inventoryRows(gpc, choice), said = inventorySentence(gpc, choice, rows);
  const columns = choice.del === "sektorer" ? GROUP_COLUMNS : GPC_COLUMNS, title = `${gpc.names[choice.gpc]} ${choice.gar}, ${GPC_NAMES[choice.del]}`;
  const name = (kind) => `${[kind, choice.gpc, choice.gar, data.status.toLowerCase()].filter(Boolean).join("-")}.csv`;
  one(".says", view).textContent = said;
  showBars(one(".stacks", view), rows, `Stapeldiagram. ${title}; talen står i tabellen.`);
  const listed = showTable(one(".inventory", view), { caption: title, columns, rows, order: choice.ordning, sort: sorter(choose) });
  const about = { Visning: title, Källa: gpc.source, "Växthusgasernas vikter": gpc.potentials, Status: data.status };
  offer(one(".inventory-file", view), name("gpc"), () => asCsv(columns, listed, about));
  one(".of-form", view).hidden = Boolean(gpc.reason) || !/^(?!0000)\d{4}$/.test(choice.gpc);
  offer(one(".form-file", view), name("ecrf_3"), () => formFile(gpc, choice));
  const count = data.members.length, facts = [
    ["Källa", gpc.source], ["Utgåva", gpc.vintage], ["Dataår", choice.gar], ["Växthusgasernas vikter", gpc.potentials],
    ["Omfattar", choice.gpc === "members" ? `${count} kommuner` : gpc.names[choice.gpc]],
    ["Definition", "standarden GPC: skala 1 är utsläpp inom gränsen, skala 2 el och värme från nät, skala 3 det som sker på andra håll; konsumtion ingår inte"],
    ["Inrikes flyg", "bara under tusen meters höjd, och det är inte invånarnas flygresor"],
    ...(gpc.twice ? [["Dubbelräkning", "lustgas från produktanvändning är sannolikt räknad två gånger i utgåvans total, och en gång i inventeringen"]] : []),
    ...(gpc.reason ? [] : [["Nycklar", "NO finns inte, NE ej uppskattat, IE ingår i en annan referens, C sekretess; ingen av dem betyder noll"]]),
  ];
  one(".about", view).replaceChildren(...facts.map(([term, told]) => make("div", {}, make("dt", {}, term), make("dd", {}, told))));
}
