// The view of the member test's points: each area's median and spread, base requirements, and own points of those who agreed.
import { make, one } from "./dom.js";
import { asCsv, offer, showTable } from "./table.js";
import { sorter } from "./emissions.js";

const POINT_COLUMNS = [
  { id: "omrade", label: "Område" },
  { id: "median", label: "Median", heading: "Median, poäng", numeric: true },
  { id: "bild", label: "Av högsta möjliga", picture: true },
  { id: "nedre", label: "Nedre kvartil", numeric: true },
  { id: "ovre", label: "Övre kvartil", numeric: true },
  { id: "hogst", label: "Högst möjligt", numeric: true },
  { id: "svarande", label: "Svarande", numeric: true },
  { id: "mojlig", label: "Median bland alla medlemmar", numeric: true },
];
const REQUIRED_COLUMNS = [
  { id: "krav", label: "Baskrav" },
  { id: "andel", label: "Andel som uppfyller", numeric: true },
  { id: "antal", label: "Uppfyller", numeric: true },
  { id: "granser", label: "Av alla medlemmar", numeric: true },
];
const pointCell = ([text, value]) => ({ text, plain: text.replace(/[^\d,]/g, ""), value });

export function pointForm(points, choice) { // the form that is chosen, or else the first
  return points.forms.find(({ id }) => id === choice.form) ?? points.forms[0];
}
function spread({ median, q1, q3, most }, own) { // a picture of the row's numbers, which stand beside it as text
  const picture = make("div", { class: "strip", "aria-hidden": "true" }), at = ([, value]) => (100 * value) / most[1];
  const put = (name, left, width) => {
    const sign = make("span", { class: name });
    sign.style.left = `${left}%`;
    if (width !== undefined) sign.style.width = `${width}%`;
    picture.append(sign);
  };
  put("range", at(q1), at(q3) - at(q1));
  if (own) put("before", at(own));
  put("dot", at(median));
  return picture;
}
export function showPoints(view, choice, data, choose) {
  const { points } = data, form = pointForm(points, choice);
  if (!form) {
    one(".says", view).textContent = `Medlemstestet ${points.year} visas inte i poäng.`;
    return;
  }
  const member = form.own.find(({ code }) => code === choice.poang), about = { Källa: points.source, Status: data.status };
  const columns = member ? [...POINT_COLUMNS, { id: "egna", label: member.name, numeric: true }] : POINT_COLUMNS;
  const rows = form.areas.map((area, i) => {
    const own = member?.points[i], { low, high, median, q1, q3, most, n, label } = area;
    const cells = [{ text: label, value: i }, pointCell(median), { text: "", value: null }, ...[q1, q3, most].map(pointCell),
      { text: n, value: Number(n) }, { text: `${low}–${high}`, value: median[1] }];
    if (member) cells.push(own ? pointCell(own) : { text: "–", value: null });
    return { cells, picture: spread(area, own), claim: area.claim };
  });
  const own = member ? ` Poängen för ${member.name} visas med medlemmens samtycke.` : "";
  one(".says", view).textContent = `${form.name}: ${form.answered} av ${form.asked} svarade på Medlemstestet ${points.year}. Pricken visar medianen, stapeln mittersta hälften av dem som svarade på alla områdets frågor. ${form.apart}.${own}`;
  const place = one(".areas", view);
  const listed = showTable(place, { caption: `Poäng i Medlemstestet ${points.year}, ${form.name.toLowerCase()}`, columns, rows, order: choice.ordning, sort: sorter(choose) });
  place.querySelectorAll("tbody tr").forEach((tr, i) => {
    tr.children[1].replaceChildren(make("a", { href: `report.html#claim-${listed[i].claim}` }, listed[i].cells[1].text));
    tr.children[2].append(listed[i].picture);
  });
  const given = columns.map((each, i) => [each, i]).filter(([each]) => !each.picture);
  offer(one(".points-file", view), `${["poang", points.year, form.id, data.status.toLowerCase()].filter(Boolean).join("-")}.csv`, () => asCsv(
    given.map(([each]) => each), listed.map(({ cells }) => ({ cells: given.map(([, i]) => cells[i]) })), about,
  ));
  const required = form.required.map(({ label, share, met, low, high }) => ({ cells: [label, share, met, `${low}–${high}`].map((text) => ({ text, value: text })) }));
  showTable(one(".required", view), { caption: "Testets baskrav", columns: REQUIRED_COLUMNS, rows: required });
  one(".required", view).hidden = !required.length;
  const facts = [
    ["Källa", points.source], ["Dataår", String(points.year)],
    ["Definition", "poäng efter årets regler; median och kvartiler bland dem som svarade på alla områdets frågor"],
    ["Omfattar", `${form.name.toLowerCase()}: ${form.answered} svarande av ${form.asked}; ${form.apart.toLowerCase()}`],
    ["Enskilda poäng", form.own.length ? `visas bara för medlemmar som har samtyckt: ${form.own.map(({ name }) => name).join(", ")}` : "visas inte; det kräver varje medlems samtycke"],
  ];
  one(".about", view).replaceChildren(...facts.map(([name, told]) => make("div", {}, make("dt", {}, name), make("dd", {}, told))));
}
