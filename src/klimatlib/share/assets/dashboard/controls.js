// What the reader chooses with: municipalities, sectors, measure, form, definition, year.
import { all, make, one, onClick } from "./dom.js";
import { EVERYONE, MEMBERS, NOBODY } from "./choice.js";
import { rove } from "../../../report/assets/modules/rove.js";

export function setUp(panel, model, choose) {
  const { data } = model, list = one(".ticks", panel), member = new Set(model.members);
  const labels = data.places.filter(([code]) => model.known.has(code)).map(([code, name, county]) => {
    const box = make("input", { type: "checkbox", value: code });
    const label = make("label", {}, box, name, ...(member.has(code) ? [make("span", { class: "mark" }, "medlem")] : []));
    return { label, box, name, own: name.toLowerCase(), words: `${name} ${data.counties[county]}`.toLowerCase() };
  });
  list.append(...labels.map(({ label }) => label));
  const search = one("[type=search]", panel), found = one(".found", panel);
  const oneStop = rove(list, "input");
  function find() { // a name before the county of the same name: "Gävle" is not all of Gävleborg
    const asked = search.value.toLowerCase().trim(), words = asked.split(/\s+/).filter(Boolean);
    const named = labels.filter((each) => asked && each.own.startsWith(asked));
    const fits = named.length ? named : labels.filter((each) => words.every((word) => each.words.includes(word)));
    for (const each of labels) each.label.hidden = !fits.includes(each);
    one(".pick-found", panel).hidden = !words.length || !fits.length;
    found.textContent = words.length ? foundTold(fits) : "";
    oneStop();
    return fits;
  }
  function foundTold(fits) {
    if (!fits.length) return "Ingen kommun heter så";
    const joined = fits.filter(({ box }) => member.has(box.value)).length;
    if (fits.length === 1) return `${fits[0].name} är ${joined ? "" : "inte "}medlem`;
    return `${fits.length} kommuner, ${joined === 1 ? "1 medlem" : `${joined} medlemmar`}`;
  }
  const codes = () => labels.filter(({ box }) => box.checked).map(({ box }) => box.value);
  const chosen = () => choose({ k: named(codes(), model) });
  search.addEventListener("input", find);
  find();
  list.addEventListener("change", chosen);
  onClick(one(".pick-members", panel), () => choose({ k: MEMBERS }));
  onClick(one(".pick-all", panel), () => choose({ k: EVERYONE }));
  onClick(one(".pick-none", panel), () => choose({ k: NOBODY }));
  onClick(one(".pick-found", panel), () => { find().forEach(({ box }) => { box.checked = true; }); chosen(); });

  const sectors = one(".sectors", panel);
  sectors.append(...[["alla", "Alla sektorer"], ...data.sectors].map(([id, name]) => make("label", {}, make("input", { type: "checkbox", value: id }), name)));
  rove(sectors, "input");
  sectors.addEventListener("change", (event) => choose({ s: sectorsAfter(event.target, sectors) }));
  for (const radio of all("[type=radio]", panel)) radio.addEventListener("change", () => choose({ [radio.name]: radio.value }));
  const year = one("[name=ar]", panel);
  year.addEventListener("change", () => choose({ ar: year.value }));

  return function sync(choice) { // set the controls as the choice is
    const own = new Set(model.codesOf(choice)), ids = choice.s.split(",");
    for (const { box } of labels) box.checked = own.has(box.value);
    for (const box of all("input", sectors)) box.checked = ids.includes(box.value);
    for (const radio of all("[type=radio]", panel)) radio.checked = choice[radio.name] === radio.value;
    const years = [...new Set([...model.yearsOf(choice.s), Number(choice.ar)])].sort().map(String);
    if (years.join() !== [...year.options].map((option) => option.value).join()) {
      year.replaceChildren(...years.map((each) => make("option", { value: each }, each)));
    }
    year.value = choice.ar;
    one(".definition", panel).disabled = choice.m === "totalt" || choice.v === "karta";
    one(".how-many", panel).textContent = own.size === 1 ? "1 vald" : `${own.size} valda`;
  };
}
function named(codes, model) { // a set by its name where it has one
  if (!codes.length) return NOBODY;
  if (codes.length === model.withData.length) return EVERYONE;
  const own = new Set(codes);
  return codes.length === model.members.length && model.members.every((code) => own.has(code)) ? MEMBERS : codes.join(",");
}
function sectorsAfter(changed, sectors) { // all of them, or some: never both, never none
  if (changed.value === "alla") return "alla";
  const ids = all("input", sectors).filter((box) => box.checked && box.value !== "alla").map((box) => box.value);
  return ids.length ? ids.join(",") : "alla";
}
