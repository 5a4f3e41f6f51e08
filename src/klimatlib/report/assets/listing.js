// Search in the list; without this script the whole list is there, and no field.
(function () {
  var box = document.getElementById("search"), field = document.getElementById("words"), found = document.getElementById("found");
  var sections = [].slice.call(document.querySelectorAll("main section"));
  function search() {
    var wanted = field.value.toLowerCase().trim().split(/\s+/), count = 0;
    sections.forEach(function (section) {
      var any = false;
      section.querySelectorAll("li").forEach(function (item) {
        var shown = wanted.every(function (word) { return item.dataset.words.indexOf(word) >= 0; });
        item.hidden = !shown;
        if (shown) { any = true; count += 1; }
      });
      section.hidden = !any;
    });
    found.textContent = field.value.trim() ? (count === 1 ? "1 kommun" : count + " kommuner") : "";
  }
  box.hidden = false;
  field.addEventListener("input", search);
  search();
})();
