// The dashboard: what is chosen stands in the address, and what the address says is shown.
import { make, one, onClick } from "./dom.js";
import { read, VIEWS, written } from "./choice.js";
import { modelOf } from "./model.js";
import { setUp } from "./controls.js";
import { seriesOf, showEmissions, sourceOf } from "./emissions.js";
import { showSurvey } from "./survey.js";
import { classesOf, mapOf, showDetail, showMap } from "./map.js";
import { showInventory } from "./gpc.js";
import { pointForm, showPoints } from "./points.js";
import { safe } from "./table.js";
import { changeText, levelText } from "./words.js";
import { exactly, fraction, number, percent, plain } from "../../../report/assets/modules/numbers.js";

const data = JSON.parse(one("#data").textContent), model = modelOf(data), board = one(".board"), panel = one(".choose");
const known = model.known, title = document.title;
let choice = read(location.hash, data, known), took = 0;

const point = (code) => showDetail(one("#karta"), choice, model, code);
let tiles = null; // built when the map is first wanted
const sync = setUp(panel, model, choose);
const shows = {
  utslapp: (view) => showEmissions(view, choice, model, choose),
  enkat: (view) => showSurvey(view, choice, data, choose),
  gpc: (view) => showInventory(view, choice, data, choose),
  poang: (view) => showPoints(view, choice, data, choose),
  karta: (view) => showMap(view, choice, model, tiles ??= mapOf(one(".tile-map"), model, point), choose),
};

function choose(changes) { // a step that the back button undoes
  choice = { ...choice, ...changes };
  const address = written(choice, data);
  if (address !== location.hash) history.pushState(null, "", address);
  render();
}
function render() {
  const from = performance.now();
  for (const name of Object.keys(VIEWS)) {
    const link = one(`[data-view="${name}"]`);
    link.href = written({ ...choice, v: name, ordning: name === choice.v ? choice.ordning : "" }, data);
    if (name === choice.v) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    one(`#${name}`).hidden = name !== choice.v;
  }
  one(".choose").hidden = ["enkat", "gpc", "poang"].includes(choice.v);
  sync(choice);
  one("[name=tema]").value = choice.tema;
  one("[name=svar]").value = choice.svar;
  const own = pointForm(data.points, choice)?.own ?? [];
  one("#poang [name=poang]").replaceChildren(...[["", "Inga enskilda poäng"], ...own.map(({ code, name }) => [code, name])].map(([value, name]) => make("option", { value }, name)));
  one(".own-points").hidden = !own.length;
  for (const name of ["gpc", "gar", "del", "form", "poang"]) one(`[name=${name}]`).value = choice[name];
  document.title = `${VIEWS[choice.v]} – ${title}`;
  shows[choice.v](one(`#${choice.v}`));
  took = performance.now() - from;
}

// ---- the survey's two lists, the link, and the rest ----
one("[name=tema]").append(...[["alla", "Alla teman"], ...data.survey.themes].map(([value, name]) => make("option", { value }, name)));
one("[name=svar]").append(...[["", "Inga enskilda svar"], ...data.survey.own.map(({ code, name }) => [code, name])].map(([value, name]) => make("option", { value }, name)));
one(".own").hidden = !data.survey.own.length;
const placesListed = ["members", data.nation, ...data.places.map(([code]) => code).filter((code) => data.members.includes(code))];
one("[name=gpc]").append(...placesListed.map((value) => make("option", { value }, data.gpc.names[value])));
one("[name=gar]").append(...Object.keys(data.gpc.of).map((value) => make("option", { value }, value)));
for (const option of [...one("[name=del]").options]) if (data.gpc.reason && option.value !== "sektorer") option.remove();
one("[name=form]").append(...data.points.forms.map(({ id, name }) => make("option", { value: id }, name)));
one("[data-view=poang]").parentElement.hidden = !data.points.forms.length;
for (const name of ["tema", "svar", "gpc", "gar", "del", "form", "poang"]) one(`[name=${name}]`).addEventListener("change", (event) => choose({ [name]: event.target.value }));
onClick(one(".copy"), async () => {
  const told = one(".copied"), field = one(".address");
  try {
    await navigator.clipboard.writeText(location.href);
    told.textContent = location.protocol === "file:" ? "Länken är kopierad. Den går till filen på den här datorn." : "Länken är kopierad.";
  } catch { // where the browser does not let a page write there
    field.hidden = false;
    field.value = location.href;
    field.select();
    told.textContent = "Länken är markerad; kopiera den härifrån.";
  }
});
onClick(one(".reset"), () => { choose({ ...read("", data, known), v: choice.v }); });
onClick(one(".skip"), (event) => { event.preventDefault(); one("#main").focus(); });
window.addEventListener("hashchange", () => { choice = read(location.hash, data, known); render(); });
let width = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  render();
});
one(".choose").open = window.innerWidth > 1000;
board.hidden = false;
render();

// For tests: what a choice gives, with nothing drawn.
board.klimat = {
  choose, model, seriesOf, classesOf, safe, exactly, fraction, number, percent, plain, levelText, changeText,
  source: sourceOf(data), choice: () => choice, took: () => took, read: (hash) => read(hash, data, known), written: (one) => written(one, data),
};
