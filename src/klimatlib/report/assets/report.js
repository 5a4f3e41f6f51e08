// The note of a number, shown on hover, focus and tap: one tab stop a paragraph or table, arrows within it. Without
// this script the number is plain text. And the contents, where they stand beside the text, tell where one is, and a
// table that is cut off tells that it scrolls.
(function () {
  var box = document.createElement("div"), owner = null, timer = 0;
  box.id = "claim-note"; box.hidden = true; box.setAttribute("role", "tooltip");
  document.body.appendChild(box);
  function place(el) {
    var r = el.getBoundingClientRect(), width = document.documentElement.clientWidth;
    box.style.left = Math.max(8, Math.min(r.left, width - box.offsetWidth - 8)) + window.scrollX + "px";
    var above = r.bottom + box.offsetHeight + 12 > window.innerHeight && r.top > box.offsetHeight + 12;
    box.style.top = (above ? r.top - box.offsetHeight - 6 : r.bottom + 6) + window.scrollY + "px";
  }
  function show(el) {
    clearTimeout(timer);
    if (owner && owner !== el) hide();
    owner = el; box.textContent = el.dataset.note; box.hidden = false;
    box.style.left = "0px"; place(el);
    el.setAttribute("aria-expanded", "true"); el.setAttribute("aria-describedby", "claim-note");
  }
  function hide() {
    clearTimeout(timer);
    if (!owner) return;
    owner.setAttribute("aria-expanded", "false"); owner.removeAttribute("aria-describedby");
    owner = null; box.hidden = true;
  }
  function later() { timer = setTimeout(hide, 250); }
  box.addEventListener("mouseenter", function () { clearTimeout(timer); });
  box.addEventListener("mouseleave", later);
  var groups = new Map();
  document.querySelectorAll(".claim[data-note]").forEach(function (el) {
    var home = el.closest("table") || el.closest(".tiles, .findings, p, li, figcaption") || el.parentElement;
    var group = groups.get(home) || [];
    groups.set(home, group); group.push(el);
    el.tabIndex = group.length > 1 ? -1 : 0; el.setAttribute("role", "button"); el.setAttribute("aria-expanded", "false");
    el.addEventListener("mouseenter", function () { show(el); });
    el.addEventListener("mouseleave", later);
    el.addEventListener("focus", function () { show(el); });
    el.addEventListener("blur", hide);
    el.addEventListener("click", function () { show(el); });
    el.addEventListener("keydown", function (e) {
      if (e.key === "Enter" || e.key === " ") { e.preventDefault(); if (owner === el) hide(); else show(el); }
      var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key], next = group[group.indexOf(el) + step];
      if (next) { e.preventDefault(); el.tabIndex = -1; next.tabIndex = 0; next.focus(); }
    });
  });
  document.addEventListener("keydown", function (e) { if (e.key === "Escape") hide(); });
  var links = document.querySelectorAll("#contents ol a");
  if (links.length && "IntersectionObserver" in window) {
    var watch = new IntersectionObserver(function (entries) {
      var seen = entries.filter(function (entry) { return entry.isIntersecting; }).pop();
      if (seen) links.forEach(function (link) {
        if (decodeURIComponent(link.hash.slice(1)) === seen.target.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    }, { rootMargin: "-10% 0px -80% 0px" });
    document.querySelectorAll("main > section").forEach(function (section) { watch.observe(section); });
  }
  function hint() { // a table that is wider than the screen says so
    document.querySelectorAll(".scroll").forEach(function (el) { if (el.scrollWidth > el.clientWidth + 1) el.classList.add("broad"); });
  }
  hint(); window.addEventListener("resize", hint); document.addEventListener("toggle", hint, true);
  document.addEventListener("click", function (e) { if (owner && !owner.contains(e.target) && !box.contains(e.target)) hide(); });
})();
