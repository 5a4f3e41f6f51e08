// What the numbers say, in words: short sentences, no judgement and no rank.
import { exactly, number, percent, plain, quantity, times } from "../../../report/assets/modules/numbers.js";
import { definitionOf, EVERYONE, MEMBERS } from "./choice.js";

const MISSING = "–";

// ---- numbers as text ----
export function levelText(value, choice, decimals) { // 0,02 ton rather than 0,0, unless told otherwise
  if (value === null) return MISSING;
  if (choice.m === "invanare") return quantity(exactly(value), "ton", decimals ?? (value > 0 && value < 0.05 ? 2 : 1));
  return value < 1e6 ? quantity(exactly(value), "ton") : quantity(millionths(value), "miljoner ton", 1);
}
function millionths(value) {
  const [above, below] = exactly(value);
  return [above, below * 1000000n];
}
export function changeText(value) { return value === null ? MISSING : percent(exactly(value)); }
export function valueText(value, choice, decimals) {
  return choice.f === "niva" ? levelText(value, choice, decimals) : changeText(value);
}
export function cellOf(value, decimals, factor = 1) { // a cell of a table: as read, as counted with, as ordered by
  if (value === null || value === undefined) return { text: MISSING, plain: "", value: null };
  const exact = times(exactly(value), factor);
  return { text: number(exact, decimals), plain: plain(exact, decimals), value };
}
export function axisNumber(value) { // as few decimals as a round step needs
  const decimals = [0, 1, 2, 3].find((each) => Math.abs(value * 10 ** each - Math.round(value * 10 ** each)) < 1e-6) ?? 4;
  return number(exactly(value), decimals);
}
export function decimalsOf(choice) { return choice.s === "alla" ? 1 : 2; } // a single sector is small

// ---- the report's own numbers ----
export function claimOf(data, choice, set, year, form) { // id and text of the claim that says the same, or null
  if (choice.m === "totalt") return null;
  const kind = form === "niva" ? "level" : "change", measure = choice.s === "alla" ? "emissions" : choice.s;
  return data.claims[[set, kind, measure, year, definitionOf(choice)].join(" ")] ?? null;
}
export function printedOr(claim, computed) { return claim ? claim[1] : computed; }

// ---- names ----
export function setName(choice, model) { // as a curve is named
  const codes = model.codesOf(choice);
  if (choice.k === MEMBERS) return "Medlemmarna";
  if (codes.length === 1) return model.names.get(codes[0]);
  return choice.k === EVERYONE ? "Alla kommuner" : `${codes.length} valda`;
}
function subject(choice, model) {
  const codes = model.codesOf(choice);
  if (codes.length === 1) return model.names.get(codes[0]);
  if (choice.k === MEMBERS) return `de ${codes.length} medlemskommunerna`;
  return choice.k === EVERYONE ? `alla ${codes.length} kommuner` : `de ${codes.length} valda kommunerna`;
}
export function sectorWords(choice, data) {
  if (choice.s === "alla") return "";
  const told = choice.s.split(",").map((id) => data.sectors.find(([own]) => own === id)[1]);
  return " från " + listing(told.map((name) => name[0].toLowerCase() + name.slice(1)));
}
export function aboutFile(choice, data, n, source) { // what each row of a file says of the choice
  const names = new Map([["alla", "Alla sektorer"], ...data.sectors]);
  const sectors = choice.s.split(",").map((id) => names.get(id)).join(", ");
  return { Sektorer: sectors, Definition: howMade(choice, data, n), Källa: source, Status: data.status };
}
export function fileName(first, choice, data) { // utslapp-2020-jordbruk-totalt.csv
  const ids = choice.s === "alla" ? [] : choice.s.split(","), sectors = ids.length > 3 ? [`${ids.length}-sektorer`] : ids;
  const parts = [first, ...sectors, choice.m === "totalt" && "totalt", choice.d === "medel" && choice.m !== "totalt" && "medel", data.status.toLowerCase()];
  return `${parts.filter(Boolean).join("-")}.csv`;
}
export function listing(words) {
  return words.length < 2 ? words.join("") : words.slice(0, -1).join(", ") + " och " + words.at(-1);
}

// ---- sentences ----
export function sentence(choice, model) {
  const { data } = model, codes = model.codesOf(choice), year = Number(choice.ar);
  if (!codes.length) return "Välj minst en kommun, så syns den här.";
  const now = model.levelOf(codes, choice, year);
  if (now === null) return lacking(choice, model, codes, year);
  const told = [levelSentence(choice, model, codes, year, now), changeSentence(choice, model, codes, year)];
  return (choice.f === "niva" ? told : told.reverse()).filter(Boolean).join(" ");
}
function lacking(choice, model, codes, year) {
  const names = model.lackingIn(codes, choice, year).map((code) => model.names.get(code));
  const shown = names.length > 5 ? [...names.slice(0, 4), `${names.length - 4} kommuner till`] : names;
  const only = model.yearsOf(choice.s);
  const told = only.includes(year) ? "" : ` Sektorerna finns för ${listing(only.map(String))}.`;
  return shown.length ? `Statistik för ${year} saknas för ${listing(shown)}.${told}` : `Statistik för ${year} saknas.`;
}
function levelSentence(choice, model, codes, year, now) {
  const { data } = model, who = subject(choice, model), of = sectorWords(choice, data);
  const text = printedOr(claimOf(data, choice, groupOf(choice), year, "niva"), levelText(now, choice));
  if (choice.m === "totalt") {
    const share = percent(exactly(model.shareOf(codes, choice, year)));
    return `År ${year} släppte ${who} ut ${text} växthusgaser${of}. Det är ${share} av hela landets utsläpp${of}.`;
  }
  const nation = levelText(model.levelOf([data.nation], choice, year), choice);
  const whole = `I hela landet var det ${printedOr(claimOf(data, choice, "nation", year, "niva"), nation)}.`;
  if (choice.d === "medel" && codes.length > 1) {
    return `År ${year} var medelvärdet för ${who} ${text} växthusgaser per invånare${of}. ${whole}`;
  }
  return `År ${year} släppte ${who} ut ${text} växthusgaser per invånare${of}. ${whole}`;
}
function changeSentence(choice, model, codes, year) {
  const { data } = model, own = model.changeOf(codes, choice, year), whole = model.changeOf([data.nation], choice, year);
  if (year === data.base || own === null || whole === null) return "";
  const what = choice.m === "totalt" ? "de samlade utsläppen" : "utsläppen per invånare";
  const [ours, theirs] = [moved(own), moved(whole)];
  const same = ours.verb === theirs.verb ? `i hela landet ${theirs.by || "likaså"}` : `i hela landet har de ${theirs.told}`;
  const where = choice.f === "niva" ? "" : ` i ${subject(choice, model)}`; // which then comes first
  return `Från ${data.base} till ${year} har ${what}${where} ${ours.told}, ${same}.`;
}
function moved(change) {
  const size = percent(exactly(Math.abs(change)));
  if (/^0\D/.test(size)) return { verb: "", by: "", told: "varit oförändrade" };
  const verb = change < 0 ? "minskat" : "ökat";
  return { verb, by: `med ${size}`, told: `${verb} med ${size}` };
}
export function groupOf(choice) { return choice.k === MEMBERS ? "members" : null; }

export function howMade(choice, data, n) { // the definition, as the report words it
  const sets = n === 1 ? "utsläppen delade med invånarna" : data.definitions[definitionOf(choice)];
  if (choice.m === "totalt") return "summan av utsläppen, ton koldioxidekvivalenter";
  const told = choice.f === "forandring" && choice.d === "medel" && n > 1 ? "ovägt medelvärde av kommunernas egna förändringar" : sets;
  return `${told}; utsläpp i ton koldioxidekvivalenter, invånare den 31 december samma år`;
}
