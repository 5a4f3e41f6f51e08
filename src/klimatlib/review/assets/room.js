// The review room: find, sort and open claims, and try the headlines. Without this script all is readable.
import { exactly, quantity, times } from "../../report/assets/modules/numbers.js";
import { level, reduction, totalReduction } from "../../report/assets/modules/indicators.js";
import { rove } from "../../report/assets/modules/rove.js";
(function () {
  "use strict";
  var all = function (where, within) { return Array.prototype.slice.call((within || document).querySelectorAll(where)); };
  var one = function (where, within) { return (within || document).querySelector(where); };
  function make(tag, text, values) {
    var made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    Object.keys(values || {}).forEach(function (key) { made.setAttribute(key, values[key]); });
    return made;
  }
  document.documentElement.classList.add("js");

  // ---- the claims ----
  var table = one(".list"), filters = one(".filters"), shown = one(".shown"), openAll = one(".open", filters);
  var claims = all("tbody:not(.group)", table).map(function (body, place) {
    return { body: body, place: place, words: body.textContent.toLowerCase(), name: one(".name", body).textContent, detail: one(".detail", body) };
  });
  var groups = all(".group", table).map(function (body) {
    var group = { body: body, open: !("folded" in body.dataset), claims: claims.filter(function (claim) { return claim.body.dataset.of === body.dataset.group; }) };
    var name = one(".name", body), button = make("button", name.textContent, { type: "button" });
    button.addEventListener("click", function () { group.open = !group.open; find(); });
    name.textContent = ""; name.appendChild(button);
    group.button = button;
    return group;
  }), sorted = false;
  var fields = all("input, select", filters), search = fields[0], picks = fields.slice(1);

  function open(claim, yes) {
    claim.detail.hidden = !yes;
    one(".name button", claim.body).setAttribute("aria-expanded", String(yes));
  }
  claims.forEach(function (claim) {
    var name = one(".name", claim.body), button = make("button", claim.name, { type: "button", "aria-expanded": "false" });
    claim.detail.id = "detail-" + claim.body.id;
    button.setAttribute("aria-controls", claim.detail.id);
    button.addEventListener("click", function () { open(claim, claim.detail.hidden); });
    name.textContent = ""; name.appendChild(button);
    claim.detail.hidden = true;
  });
  function find() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean), n = 0;
    claims.forEach(function (claim) {
      var fits = words.every(function (word) { return claim.words.indexOf(word) >= 0; }) && picks.every(function (pick) {
        return !pick.value || claim.body.dataset[pick.name].split("|").indexOf(pick.value) >= 0;
      });
      claim.body.hidden = !fits; n += fits ? 1 : 0;
    });
    var asked = sorted || words.length || picks.some(function (pick) { return pick.value; }); // then nothing stays folded
    groups.forEach(function (group) {
      group.body.hidden = sorted || group.claims.every(function (claim) { return claim.body.hidden; });
      group.button.setAttribute("aria-expanded", String(Boolean(asked || group.open)));
      if (!asked && !group.open) group.claims.forEach(function (claim) { claim.body.hidden = true; });
    });
    shown.textContent = "Visar " + n + " av " + claims.length + " siffror.";
  }
  function clear() { fields.forEach(function (field) { field.value = ""; }); find(); }
  fields.forEach(function (field) { field.addEventListener("input", find); });
  one(".reset", filters).addEventListener("click", function () { sort(null, ""); clear(); });
  openAll.addEventListener("click", function () {
    var yes = openAll.getAttribute("aria-pressed") !== "true";
    openAll.setAttribute("aria-pressed", String(yes)); openAll.textContent = yes ? "Stäng alla" : "Öppna alla";
    claims.forEach(function (claim) { if (!claim.body.hidden) open(claim, yes); });
  });

  var TEXT = { name: 1, light: 1, signs: 1 };
  function key(claim, name) {
    if (name === "name") return claim.name;
    var value = claim.body.dataset[name];
    return TEXT[name] ? value.replace("–", "") : value === "" ? null : Number(value);
  }
  function sort(name, way) {
    all("thead th", table).forEach(function (th) {
      if (th.dataset.key === name && way) th.setAttribute("aria-sort", way); else th.removeAttribute("aria-sort");
    });
    var turn = way === "descending" ? -1 : 1;
    sorted = Boolean(way);
    claims.slice().sort(function (a, b) {
      if (!way) return a.place - b.place;
      var x = key(a, name), y = key(b, name), emptyX = x === null || x === "", emptyY = y === null || y === "";
      if (emptyX || emptyY) return emptyX - emptyY || a.place - b.place; // what has none stands last either way
      return turn * (TEXT[name] ? x.localeCompare(y, "sv") : x - y) || a.place - b.place;
    }).forEach(function (claim) { table.appendChild(claim.body); });
    if (!sorted) groups.forEach(function (group) { table.insertBefore(group.body, group.claims[0].body); });
    find();
  }
  var NEXT = { "": "ascending", ascending: "descending", descending: "" };
  all("thead th", table).forEach(function (th) {
    var button = make("button", th.textContent, { type: "button", title: "Sortera" });
    button.addEventListener("click", function () { sort(th.dataset.key, NEXT[th.getAttribute("aria-sort") || ""]); });
    th.textContent = ""; th.appendChild(button);
  });
  // A table that is shown as cards is a table still.
  var ROLES = { ".cards": "table", ".cards thead, .cards tbody": "rowgroup", ".cards tr": "row", ".cards td": "cell", ".cards thead th": "columnheader", ".cards tbody th": "rowheader" };
  Object.keys(ROLES).forEach(function (where) { all(where).forEach(function (part) { part.setAttribute("role", ROLES[where]); }); });

  all("[data-show]").forEach(function (link) {
    link.addEventListener("click", function () {
      clear();
      var pair = link.dataset.show.split("=");
      picks.forEach(function (pick) { if (pick.name === pair[0]) pick.value = pair[1]; });
      find();
    });
  });
  function go() {
    var id = decodeURIComponent(location.hash.slice(1));
    claims.forEach(function (claim) {
      if (claim.body.id !== id) return;
      if (claim.body.hidden) { groups.forEach(function (group) { group.open = group.open || group.claims.indexOf(claim) >= 0; }); clear(); }
      open(claim, true); claim.body.scrollIntoView();
    });
  }
  window.addEventListener("hashchange", go);
  filters.hidden = false; find(); go();

  // ---- what if: the same numbers as the library's, to the last digit ----
  var box = one(".trial");
  if (!box) return;
  var data = JSON.parse(one("#trial-data").textContent);
  function printed(x, factor, decimals, unit) { return quantity(times(exactly(x), factor), unit, decimals); }
  function at(c, codes, year) {
    var place = data.years.indexOf(year);
    return {
      tonnes: codes.map(function (code) { return data.releases[c.release][code][place]; }),
      people: codes.map(function (code) { return data.people[code][place]; }),
    };
  }
  function compute(c) { // choices -> headline id -> [value, as printed, with more decimals]
    var found = {};
    data.headlines.forEach(function (head) {
      var codes = head.set === "nation" ? [data.nation] : c.codes;
      var now = at(c, codes, c.year), then = at(c, codes, c.base);
      var x = head.by === "level" ? level(now, c.definition) : head.by === "total" ? totalReduction(now, then) : reduction(now, then, c.definition);
      found[head.id] = x === null || !isFinite(x) ? [null, "saknas", "–"] : head.by === "level" ? [x, printed(x, 1, 1, "ton"), printed(x, 1, 3, "ton")] : [x, printed(x, 100, 0, "%"), printed(x, 100, 2, "%")];
    });
    return found;
  }
  box.compute = compute; box.printed = printed;

  var ticks = one(".ticks", box), picked = {};
  all(".controls select", box).forEach(function (select) { picked[select.name] = select; });
  function fill(select, pairs) { pairs.forEach(function (pair) { select.appendChild(make("option", pair[1], { value: pair[0] })); }); }
  fill(picked.definition, Object.keys(data.definitions).map(function (name) { return [name, data.definitions[name]]; }));
  fill(picked.release, Object.keys(data.releases).sort().reverse().map(function (name) { return [name, name]; }));
  [picked.year, picked.base].forEach(function (select) { fill(select, data.years.map(function (year) { return [year, year]; })); });
  data.members.forEach(function (pair) {
    var label = make("label"), tick = make("input", undefined, { type: "checkbox", value: pair[0] });
    label.appendChild(tick); label.appendChild(document.createTextNode(pair[1])); ticks.appendChild(label);
  });
  var boxes = all("input", ticks);
  rove(ticks, "input");
  function show() {
    var c = { definition: picked.definition.value, release: picked.release.value, year: Number(picked.year.value), base: Number(picked.base.value) };
    c.codes = boxes.filter(function (tick) { return tick.checked; }).map(function (tick) { return tick.value; });
    var plain = c.definition === data.definition && c.release === data.release && c.year === data.year && c.base === data.base && c.codes.length === boxes.length;
    var found = compute(c);
    one("output", box).textContent = c.codes.length + " av " + boxes.length;
    one(".state", box).textContent = plain ? "Rapportens egna val: talen är de tryckta." : "Prövning. Talen i kursiv är inte publicerade.";
    data.headlines.forEach(function (head) {
      var row = one('[data-headline="' + head.id + '"]', box), tried = one(".tried", row);
      tried.textContent = found[head.id][1]; one(".finer", row).textContent = found[head.id][2];
      tried.classList.toggle("differs", found[head.id][1] !== head.text);
    });
  }
  function reset() {
    picked.definition.value = data.definition; picked.release.value = data.release;
    picked.year.value = data.year; picked.base.value = data.base; tickAll(true);
  }
  function tickAll(yes) { boxes.forEach(function (tick) { tick.checked = yes; }); show(); }
  box.addEventListener("input", show);
  one(".reset", box).addEventListener("click", reset);
  one(".all", box).addEventListener("click", function () { tickAll(true); });
  one(".none", box).addEventListener("click", function () { tickAll(false); });
  box.hidden = false; reset();
})();
