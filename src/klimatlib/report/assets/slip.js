// The return slip: what a member answers is saved as one file, which `klimatlib receive` reads. Nothing is sent, and
// without this script there is no slip.
(function () {
  "use strict";
  var slip = document.querySelector(".slip");
  if (!slip) return;
  slip.hidden = false;
  var said = slip.querySelector("[role=status]"), wrong = null;
  function field(name) { return document.getElementById("slip-" + name); }
  function value(name) { return field(name).value.replace(/\s+/g, " ").trim(); }
  function need(name, holds, words) {
    if (!holds && !wrong) wrong = { field: field(name), words: words };
    return value(name);
  }
  function year(name) { return Number(need(name, /^(19|20)\d\d$/.test(value(name)), "Skriv året med fyra siffror.")); }
  function text(name, words) { return need(name, value(name) && !/[<>{}|`\\]/.test(value(name)), words); }
  function plain(name, words) { need(name, !/\d/.test(value(name)), "Skriv utan siffror: de tryckta siffrorna är kontrollerade."); return text(name, words); }
  function any(names) { return names.some(value); }
  function content() {
    var now = new Date(), two = function (n) { return (n < 10 ? "0" : "") + n; }, own = slip.dataset;
    var data = {
      form: "klimatlib slip 1", report: own.report, year: Number(own.year), member: own.member, sheet: own.sheet,
      saved: now.getFullYear() + "-" + two(now.getMonth() + 1) + "-" + two(now.getDate()),
      by: text("by", "Skriv vem som svarar."), consent: {}
    };
    if (value("comment")) data.comment = plain("comment", "Skriv kommentaren i vanliga ord.");
    [["answers", "answers"], ["tell", "example"], ["picture", "picture"]].forEach(function (pair) {
      if (value(pair[0])) data.consent[pair[1]] = value(pair[0]) === "yes";
    });
    if (any(["about", "wrong-year", "value", "wrong-source"])) {
      data.correction = { about: need("about", value("about"), "Välj vad rättelsen gäller."), value: text("value", "Skriv vad det ska stå."), source: text("wrong-source", "Skriv varifrån uppgiften kommer.") };
      if (value("about") !== "other") {
        data.correction.year = year("wrong-year");
        data.correction.value = value("value").replace(/ /g, "").replace(",", ".");
        need("value", /^\d+(\.\d+)?$/.test(data.correction.value), "Skriv talet med siffror.");
      }
    }
    if (any(["question", "text", "link"])) {
      data.example = { question: need("question", value("question"), "Välj vilken fråga exemplet hör till."), text: plain("text", "Skriv exemplet i vanliga ord."), link: need("link", /^https:\/\/[^\s()<>"\\]+$/.test(value("link")), "Skriv en länk som börjar med https://.") };
      need("tell", value("tell") === "yes", "Exemplet behöver ett ja till att det får visas.");
    }
    if (any(["target", "percent", "base", "target-source"])) {
      data.target = { year: year("target"), base_year: year("base"), percent_below: Number(need("percent", /^([1-9]\d?|100)$/.test(value("percent")), "Skriv procenten som ett tal mellan 1 och 100.")), source: text("target-source", "Skriv var målet står.") };
    }
    return data;
  }
  slip.querySelector("button").addEventListener("click", function () {
    wrong = null;
    var data = content();
    if (wrong) { said.textContent = wrong.words; wrong.field.focus(); return; }
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(data, null, 1) + "\n"], { type: "application/json" }));
    link.download = "svar-" + data.report + "-" + data.member + ".json";
    link.click();
    said.textContent = "Sparat som " + link.download + ". Mejla filen till kansliet.";
  });
})();
