// What a choice gives: values over the years of sets of municipalities, from the tables that the page carries.
import { cut, fsum, level, reduction, total, totalReduction } from "../../../report/assets/modules/indicators.js";
import { definitionOf, EVERYONE, MEMBERS, NOBODY } from "./choice.js";

export function modelOf(data) {
  const names = new Map(data.places.map(([code, name]) => [code, name]));
  const withData = data.places.map(([code]) => code).filter((code) => Object.hasOwn(data.tonnes.alla.by, code));
  const known = new Set(withData);
  const members = data.members.filter((code) => known.has(code));
  const kept = new Map(); // sectors -> { years, by }

  function emitted(sectors) { // one table, or the sum of several, code by code
    if (!kept.has(sectors)) kept.set(sectors, summed(sectors.split(",").map((id) => data.tonnes[id])));
    return kept.get(sectors);
  }
  function yearsOf(sectors) {
    return emitted(sectors).years.filter((year) => data.people.years.includes(year) && year >= data.base);
  }
  function setOf(codes, sectors, year) {
    const table = emitted(sectors), at = table.years.indexOf(year), among = data.people.years.indexOf(year);
    return {
      tonnes: codes.map((code) => table.by[code]?.[at] ?? null),
      people: codes.map((code) => data.people.by[code]?.[among] ?? null),
    };
  }
  function codesOf(choice) {
    if (choice.k === MEMBERS) return members;
    if (choice.k === EVERYONE) return withData;
    return choice.k === NOBODY ? [] : choice.k.split(",");
  }
  function levelOf(codes, choice, year) {
    const set = setOf(codes, choice.s, year);
    return choice.m === "totalt" ? total(set) : level(set, definitionOf(choice));
  }
  function changeOf(codes, choice, year) { // below zero where it fell
    const now = setOf(codes, choice.s, year), then = setOf(codes, choice.s, data.base);
    const fallen = choice.m === "totalt" ? totalReduction(now, then) : reduction(now, then, definitionOf(choice));
    return fallen === null ? null : -fallen;
  }
  function valueOf(codes, choice, year) {
    return (choice.f === "niva" ? levelOf : changeOf)(codes, choice, year);
  }
  function shareOf(codes, choice, year) { // of the nation's emissions
    const [own, whole] = [codes, [data.nation]].map((each) => total(setOf(each, choice.s, year)));
    return own === null ? null : 1 - (cut(own, whole) ?? 1);
  }
  function lackingIn(codes, choice, year) {
    const { tonnes, people } = setOf(codes, choice.s, year);
    return codes.filter((_, i) => tonnes[i] === null || people[i] === null);
  }
  return { data, names, known, withData, members, yearsOf, setOf, codesOf, levelOf, changeOf, valueOf, shareOf, lackingIn };
}
function summed(tables) {
  if (tables.length === 1) return tables[0];
  const years = tables[0].years.filter((year) => tables.every((table) => table.years.includes(year))), by = {};
  for (const code of Object.keys(tables[0].by)) {
    by[code] = years.map((year) => {
      const values = tables.map((table) => table.by[code]?.[table.years.indexOf(year)] ?? null);
      return values.includes(null) ? null : fsum(values);
    });
  }
  return { years, by };
}
