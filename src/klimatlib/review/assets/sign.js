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
      count();
    });
  });
  document.addEventListener("input", count);

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
  count();
})();
