// Copy buttons. Without this script there are none, and the texts can be marked and copied by hand.
(function () {
  var said = document.getElementById("copied");
  function done(button, well) {
    var label = button.textContent;
    button.textContent = well ? "Kopierat" : "Gick inte: markera och kopiera";
    if (said) said.textContent = button.textContent;
    button.disabled = true;
    setTimeout(function () { button.textContent = label; button.disabled = false; if (said) said.textContent = ""; }, 1600);
  }
  function byHand(text) {
    var field = document.createElement("textarea");
    field.value = text; document.body.appendChild(field); field.select();
    var well = false;
    try { well = document.execCommand("copy"); } catch (error) { well = false; }
    field.remove();
    return well;
  }
  document.querySelectorAll(".copy").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var text = button.dataset.text;
      if (!navigator.clipboard) return done(button, byHand(text));
      navigator.clipboard.writeText(text).then(function () { done(button, true); }, function () { done(button, byHand(text)); });
    });
  });
})();
