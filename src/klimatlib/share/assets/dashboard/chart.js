// A chart of curves over the years, from zero, in the report's look; as wide as its place, so that type keeps its size.
import { draw, make } from "./dom.js";

const SHAPES = { // markers tell the curves apart without colour
  chosen: (x, y) => `M${x} ${y - 5}l5 5l-5 5l-5 -5Z`,
  members: (x, y) => `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z`,
  nation: (x, y) => `M${x - 3.5} ${y - 3.5}h7v7h-7Z`,
};
const LINE = 17; // px between two labels

// series: [{ name, kind, points: [{ year, value, text }] }]; tick: value -> text; year: the one that is told of
export function lineChart(place, { series, unit, tick, year, told }) {
  const width = Math.max(280, Math.floor(place.clientWidth || 640)), narrow = width < 560;
  const height = narrow ? 250 : 330, pad = { left: 46, right: narrow ? 14 : 196, top: 16, bottom: 28 };
  const values = series.flatMap(({ points }) => points.map((point) => point.value));
  const [low, high, step] = scale(Math.min(0, ...values), Math.max(0, ...values));
  const years = [...new Set(series.flatMap(({ points }) => points.map((point) => point.year)))].sort();
  const [first, last] = [years[0], years.at(-1)], span = last - first || 1;
  const x = (when) => pad.left + ((when - first) / span) * (width - pad.left - pad.right);
  const y = (value) => height - pad.bottom - ((value - low) / (high - low || 1)) * (height - pad.top - pad.bottom);

  const picture = draw("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": told });
  for (let at = low; at <= high + step / 2; at += step) {
    const line = Math.abs(at) < step / 2 ? "zero" : "grid";
    picture.append(draw("path", { class: line, d: `M${pad.left} ${y(at)}H${width - pad.right}` }),
      draw("text", { class: "tick", x: pad.left - 8, y: y(at) + 4, "text-anchor": "end" }, tick(at)));
  }
  for (const shown of yearTicks(years, x, narrow ? 44 : 52, year)) {
    picture.append(draw("text", { class: shown === year ? "tick now" : "tick", x: x(shown), y: height - 8, "text-anchor": "middle" }, String(shown)));
  }
  if (years.includes(year)) picture.append(draw("path", { class: "now", d: `M${x(year)} ${pad.top}V${height - pad.bottom}` }));
  for (const { kind, points } of [...series].reverse()) {
    if (!points.length) continue;
    const group = draw("g", { class: kind });
    group.append(draw("path", { class: "line", d: "M" + points.map((p) => `${x(p.year)} ${y(p.value)}`).join("L") }));
    for (const p of points) group.append(draw("path", { class: p.year === year ? "mark told" : "mark", d: SHAPES[kind](x(p.year), y(p.value)) }));
    picture.append(group);
  }
  if (!narrow) nameEnds(picture, series, y, x, height - pad.bottom, year);
  place.replaceChildren(make("p", { class: "unit" }, unit), ...(narrow ? [legend(series, year)] : []), picture);
  follow(place, picture, series, years, x, year);
}

function scale(low, high) { // round steps, about five
  const rough = (high - low || 1) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step, step];
}
function yearTicks(years, x, apart, year) { // the year told of, the ends, then what there is room for
  const wanted = [year, years[0], years.at(-1), ...years.filter((each) => each % 10 === 0), ...years.filter((each) => each % 5 === 0)];
  const shown = [];
  for (const each of wanted) {
    if (years.includes(each) && shown.every((other) => Math.abs(x(other) - x(each)) >= apart)) shown.push(each);
  }
  return shown;
}
function endText(end, year) { // the tiles tell of another year than the curve may end in
  return `${end.text.replace("miljoner ton", "mn ton")}${end.year === year ? "" : ` ${end.year}`}`;
}
function nameEnds(picture, series, y, x, floor, year) {
  const ends = series.filter(({ points }) => points.length).map((one) => ({ ...one, end: one.points.at(-1) }));
  ends.sort((a, b) => y(a.end.value) - y(b.end.value));
  const places = ends.map(({ end }) => y(end.value));
  for (let i = 1; i < places.length; i += 1) places[i] = Math.max(places[i], places[i - 1] + LINE);
  for (let i = places.length - 1, under = floor; i >= 0; i -= 1, under = places[i + 1] - LINE) places[i] = Math.min(places[i], under);
  ends.forEach(({ name, kind, end }, i) => {
    picture.append(draw("text", { class: `end ${kind}`, x: x(end.year) + 12, y: places[i] + 5 }, `${shortened(name)} ${endText(end, year)}`));
  });
}
function shortened(name) { return name.length > 14 ? name.slice(0, 13) + "…" : name; }

function legend(series, year) {
  const entries = series.filter(({ points }) => points.length).map(({ name, kind, points }) => {
    const sample = draw("svg", { viewBox: "0 0 34 12", width: 34, height: 12, "aria-hidden": "true" },
      draw("g", { class: kind }, draw("path", { class: "line", d: "M1 6H33" }), draw("path", { class: "mark", d: SHAPES[kind](17, 6) })));
    return make("li", {}, sample, ` ${name} ${endText(points.at(-1), year)}`);
  });
  return make("ul", { class: "legend" }, ...entries);
}
function follow(place, picture, series, years, x, year) { // the values of the year under the pointer, else of the one told of
  const line = draw("path", { class: "pointer", visibility: "hidden" }), read = make("p", { class: "readout", "aria-hidden": "true" });
  picture.append(line);
  place.append(read);
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect(), at = ((event.clientX - box.left) / box.width) * picture.viewBox.baseVal.width;
    const near = years.reduce((best, each) => (Math.abs(x(each) - at) < Math.abs(x(best) - at) ? each : best));
    line.setAttribute("d", `M${x(near)} 12V${picture.viewBox.baseVal.height - 28}`);
    line.setAttribute("visibility", "visible");
    tell(near);
  });
  function tell(when) {
    const values = series.flatMap(({ name, points }) => points.filter((p) => p.year === when).map((p) => `${name} ${p.text}`));
    read.textContent = values.length ? `${when}: ${values.join(" · ")}` : "";
  }
  tell(year);
  picture.addEventListener("pointerleave", () => { line.setAttribute("visibility", "hidden"); tell(year); });
}
