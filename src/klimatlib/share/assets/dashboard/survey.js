// The view of the survey: shares of those who answered, what they can be among all members, and the year before.
import { make, one } from "./dom.js";
import { asCsv, offer, showTable } from "./table.js";
import { sorter } from "./emissions.js";

function percentCell(text, value) { // the claim's text; the file has its number alone
  return { text, plain: text.replace(/[\s%]/g, "").replace("\u2212", "-"), value };
}
function strip(question) { // a picture of the row's numbers, which stand beside it as text
  const { k, n, members, before, light } = question, picture = make("div", { class: "strip", "aria-hidden": "true" });
  const range = make("span", { class: "range" }), dot = make("span", { class: "dot" });
  range.style.left = `${(100 * k) / members}%`;
  range.style.width = `${(100 * (members - n)) / members}%`;
  dot.style.left = `${(100 * k) / n}%`;
  picture.append(range);
  if (before) {
    const then = make("span", { class: `before ${light[0]}` });
    then.style.left = `${100 * before.share}%`;
    picture.append(then);
  }
  picture.append(dot);
  return picture;
}
export function surveyColumns(survey, member) {
  const columns = [
    { id: "fraga", label: "Fråga" },
    { id: "andel", label: "Andel ja", heading: `Andel ja ${survey.year}, %`, numeric: true },
    { id: "bild", label: "0–100 %", picture: true },
    { id: "ja", label: "Ja av svarande", numeric: true },
    { id: "granser", label: "Av alla medlemmar", numeric: true },
    { id: "tidigare", label: "Tidigare", numeric: true },
    { id: "ljus", label: "Jämförbar" },
  ];
  return member ? [...columns, { id: "svar", label: member.name }] : columns;
}
export function surveyRows(data, choice, member) {
  const { survey } = data, themes = new Map(survey.themes);
  const shown = survey.questions.filter(({ theme }) => choice.tema === "alla" || theme === choice.tema);
  return shown.map((question) => {
    const { k, n, before, light } = question, missing = question.missing && question.missing !== "0" ? `, ${question.missing} utan svar` : "";
    const cells = [
      { text: question.label, value: question.label, theme: themes.get(question.theme), id: question.id },
      percentCell(question.share, k / n),
      { text: "", value: null, picture: strip(question) },
      { text: `${k} av ${n}${missing}`, value: k },
      { text: `${question.low.replace(/\s%/, "")}–${question.high}`, value: k / question.members },
      before ? { text: `${before.text} (${before.year})`, value: before.share } : { text: "–", value: null },
      { text: light[1], value: light[1], light: light[0] },
    ];
    if (member) cells.push({ text: member.answers[question.id] ?? "–", value: member.answers[question.id] ?? null });
    return { cells, question };
  });
}
export function showSurvey(view, choice, data, choose) {
  const { survey } = data, member = survey.own.find(({ code }) => code === choice.svar);
  const columns = surveyColumns(survey, member), rows = surveyRows(data, choice, member);
  one(".says", view).textContent = surveySentence(survey, choice, rows.length, member);
  const listed = showTable(one(".answers", view), {
    caption: `Medlemstestet ${survey.year}, i rapportens ordning om du inte sorterar`, columns, rows, order: choice.ordning, sort: sorter(choose),
  });
  dress(one(".answers", view), columns, listed);
  const given = columns.map((each, i) => [each, i]).filter(([each]) => !each.picture);
  const about = { Definition: definitionTold(survey), Källa: survey.source, Status: data.status };
  offer(one(".answers-file", view), `${["enkat", survey.year, data.status.toLowerCase()].filter(Boolean).join("-")}.csv`, () => asCsv(
    given.map(([each]) => each), listed.map(({ cells }) => ({ cells: given.map(([, i]) => cells[i]) })), about,
  ));
  const lights = new Set(rows.map(({ question }) => question.light[0]));
  one(".lights", view).hidden = !["caution", "broken"].some((light) => lights.has(light));
  one(".key .of-broken", view).hidden = !lights.has("broken");
  showAboutSurvey(one(".about", view), survey);
}
function dress(place, columns, listed) { // what a plain table has not: pictures, themes, lights, links to the report
  place.querySelectorAll("tbody tr").forEach((tr, i) => {
    const { cells, question } = listed[i];
    [...tr.children].forEach((cell, j) => {
      if (j) cell.dataset.label = columns[j].label;
      if (cells[j].picture) cell.append(cells[j].picture);
      if (cells[j].theme) cell.append(make("span", { class: "theme" }, cells[j].theme));
      if (columns[j].id === "andel") cell.replaceChildren(make("a", { class: "share", href: `report.html#claim-${question.claim}`, title: question.note }, cells[j].text));
      if (cells[j].light) cell.replaceChildren(make("span", { class: `light ${cells[j].light}`, title: question.before?.note ?? null }, cells[j].text));
      if (cells[j].light === "broken") cell.append(make("span", { class: "why" }, question.before.note)); // a telephone has no titles
      if (columns[j].id === "svar") cell.className = "answer";
      if (cells[j].text === "–") cell.classList.add("nothing");
    });
  });
}
function surveySentence(survey, choice, shown, member) {
  const { respondents, members } = survey.counts;
  const about = choice.tema === "alla" ? "" : ` Här är ${shown === 1 ? "den fråga" : `de ${shown} frågor`} som hör till ${new Map(survey.themes).get(choice.tema).toLowerCase()}.`;
  const own = member ? ` Svaren från ${member.name} visas med medlemmens samtycke.` : "";
  const [about_n, how] = survey.inferred ? ["Omkring ", "; antalet är härlett ur de publicerade andelarna"] : ["", ""];
  return `${about_n}${respondents} av ${members} medlemmar svarade på Medlemstestet ${survey.year}${how}. Pricken visar andelen ja bland dem som svarade, stapeln var andelen kan ligga bland alla medlemmar.${about}${own}`;
}
function definitionTold(survey) {
  return survey.inferred ? "andel ja av dem som svarade; antalen är uträknade ur de publicerade andelarna" : "andel ja av de medlemmar som svarade ja eller nej på frågan";
}
function showAboutSurvey(place, survey) {
  const facts = [
    ["Källa", survey.source],
    ["Dataår", String(survey.year)],
    ["Definition", definitionTold(survey)],
    ["Omfattar", `${survey.counts.respondents} svarande av ${survey.counts.members} medlemmar; ${survey.inferred ? "antalet är härlett, och hur många som hoppade över en fråga är inte känt" : "vid varje fråga står hur många som svarade på den"}`],
    ["Av alla medlemmar", "från att alla som inte svarat säger nej till att alla säger ja"],
    ["Enskilda svar", survey.own.length ? `visas bara för medlemmar som har samtyckt: ${survey.own.map(({ name }) => name).join(", ")}` : "visas inte; det kräver varje medlems samtycke"],
  ];
  place.replaceChildren(...facts.map(([name, told]) => make("div", {}, make("dt", {}, name), make("dd", {}, told))));
}
