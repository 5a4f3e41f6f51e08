// Signing in the review room: what is ticked and commented is saved as one file, which `klimatlib sign --from` reads.
(function () {
  "use strict";
  var all = function (where, within) { return Array.prototype.slice.call((within || document).querySelectorAll(where)); };
  var one = function (where, within) { return (within || document).querySelector(where); };
  var status = one(".reader .shown"), name = one("[name=reviewer]");

  function count() {
    var ticked = all(".yes:checked").length, comments = all(".comment").filter(function (field) { return field.value.trim(); }).length;
    status.textContent = ticked + " av " + all(".yes").length + " förbockade, " + comments + (comments === 1 ? " kommentar" : " kommentarer");
  }
  all(".chapter").forEach(function (chapter) {
    one(".all", chapter).addEventListener("change", function (event) {
      all("li", chapter).forEach(function (item) {
        if (!item.classList.contains("open") && !item.classList.contains("false")) one(".yes", item).checked = event.target.checked;
      });
      count(); keep();
    });
  });
  // What is ticked and written stays in this browser, as long as the text is the one that was read.
  var KEY = "granskning " + document.body.dataset.report, items = all("li[data-id]");
  function fields(item) { return { yes: one(".yes", item), reason: one(".reason", item), comment: one(".comment", item) }; }
  function keep() {
    var kept = { name: name.value };
    items.forEach(function (item) {
      var own = fields(item), state = [own.yes.checked, own.reason ? own.reason.value : "", own.comment.value];
      if (state.some(Boolean)) kept[item.dataset.hash] = state;
    });
    try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch (full) { return; } // a browser that keeps nothing
  }
  function recall() {
    var kept = {};
    try { kept = JSON.parse(localStorage.getItem(KEY)) || {}; } catch (broken) { return; }
    name.value = kept.name || "";
    items.forEach(function (item) {
      var own = fields(item), state = kept[item.dataset.hash];
      if (!state) return;
      own.yes.checked = state[0] && !own.yes.disabled; own.comment.value = state[2];
      if (own.reason) own.reason.value = state[1];
    });
  }
  document.addEventListener("input", function () { count(); keep(); });
  one("[name=order]").addEventListener("change", function (event) {
    all(".statements").forEach(function (list) {
      var read = items.filter(function (item) { return item.parentNode === list; });
      if (event.target.value) read.sort(function (a, b) { return a.dataset.place - b.dataset.place; });
      read.forEach(function (item) { list.appendChild(item); });
    });
  });
  function go() { // what another page leads to may stand in a folded chapter
    var item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (item && item.closest("details")) { item.closest("details").open = true; item.scrollIntoView(); }
  }
  window.addEventListener("hashchange", go);

  one(".save").addEventListener("click", function () {
    if (!name.value.trim()) { status.textContent = "Skriv ditt namn först."; name.focus(); return; }
    var review = { report: document.body.dataset.report, name: name.value.trim(), signed: {}, reasons: {}, comments: {} };
    var lacking = null;
    all("li[data-id]").forEach(function (item) {
      var id = item.dataset.id, reason = one(".reason", item), comment = one(".comment", item).value.trim();
      if (comment) review.comments[id] = comment;
      if (!one(".yes", item).checked) return;
      review.signed[id] = item.dataset.hash;
      JSON.parse(item.dataset.also).forEach(function (claim) { review.signed[claim[0]] = claim[1]; });
      if (reason && reason.value.trim()) review.reasons[id] = reason.value.trim();
      else if (reason) lacking = lacking || reason;
    });
    if (lacking) { lacking.closest("details").open = true; lacking.focus(); status.textContent = "Skriv ett skäl till det som ingen regel kan avgöra."; return; }
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(review, null, 1) + "\n"], { type: "application/json" }));
    link.download = "granskning-" + review.report + "-" + review.name.toLowerCase().replace(/[^a-zåäö0-9]+/g, "-") + ".json";
    link.click();
    status.textContent = "Sparad som " + link.download + ".";
  });
  recall(); count(); go();
})();
