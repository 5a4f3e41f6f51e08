// The choice, and the fragment of the address that keeps it: only what differs from the start is written there.

export const MEMBERS = "medlemmar", EVERYONE = "alla", NOBODY = "ingen";
export const VIEWS = { utslapp: "Utsläpp", enkat: "Enkäten", karta: "Kartan", gpc: "GPC", poang: "Poäng" };
const DEFINITION_NAMES = { ratio_of_sums: "kvot", mean_of_municipalities: "medel" };

export function start(data) {
  return {
    v: "utslapp", k: MEMBERS, s: "alla", m: "invanare", f: "niva", d: DEFINITION_NAMES[data.definition],
    ar: String(data.year), tema: "alla", svar: "", ordning: "",
    gpc: "members", gar: String(data.gpc.year), del: data.gpc.reason ? "sektorer" : "territoriellt",
    form: data.points.forms[0]?.id ?? "", poang: "",
  };
}
export function definitionOf(choice) {
  return choice.d === "medel" ? "mean_of_municipalities" : "ratio_of_sums";
}
export function written(choice, data) {
  const first = start(data);
  const parts = Object.keys(first).filter((key) => key === "v" || choice[key] !== first[key]);
  return "#" + parts.map((key) => key + "=" + encodeURIComponent(choice[key]).replace(/%2C/g, ",")).join("&");
}
export function read(fragment, data, known) { // what is not understood stays as at the start
  const choice = start(data);
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const [key, raw = ""] = part.split("=");
    const value = decoded(raw);
    if (Object.hasOwn(choice, key) && fits(key, value, data, known)) choice[key] = value;
  }
  return choice;
}
function decoded(text) {
  try { return decodeURIComponent(text); } catch { return ""; }
}
function fits(key, value, data, known) {
  const rules = {
    v: () => Object.hasOwn(VIEWS, value),
    form: () => data.points.forms.some(({ id }) => id === value),
    poang: () => value === "" || data.points.forms.some(({ own }) => own.some(({ code }) => code === value)),
    gpc: () => Object.hasOwn(data.gpc.names, value),
    gar: () => Object.hasOwn(data.gpc.of, value),
    del: () => (data.gpc.reason ? ["sektorer"] : ["sektorer", "territoriellt", "basic"]).includes(value),
    k: () => [MEMBERS, EVERYONE, NOBODY].includes(value) || value.split(",").every((code) => known.has(code)),
    s: () => value === "alla" || value.split(",").every((id) => data.sectors.some(([own]) => own === id)),
    m: () => ["invanare", "totalt"].includes(value),
    f: () => ["niva", "forandring"].includes(value),
    d: () => ["kvot", "medel"].includes(value),
    ar: () => data.people.years.includes(Number(value)),
    tema: () => value === "alla" || data.survey.themes.some(([theme]) => theme === value),
    svar: () => value === "" || data.survey.own.some((member) => member.code === value),
    ordning: () => /^[a-z]+-(upp|ner)$/.test(value),
  };
  return rules[key]();
}
