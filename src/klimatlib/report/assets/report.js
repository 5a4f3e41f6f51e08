// The note of a number, shown on hover, focus and tap. Without this script the number is plain text.
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
  document.querySelectorAll(".claim[data-note]").forEach(function (el) {
    el.tabIndex = 0; el.setAttribute("role", "button"); el.setAttribute("aria-expanded", "false");
    el.addEventListener("mouseenter", function () { show(el); });
    el.addEventListener("mouseleave", later);
    el.addEventListener("focus", function () { show(el); });
    el.addEventListener("blur", hide);
    el.addEventListener("click", function () { show(el); });
    el.addEventListener("keydown", function (e) {
      if (e.key === "Enter" || e.key === " ") { e.preventDefault(); if (owner === el) hide(); else show(el); }
    });
  });
  document.addEventListener("keydown", function (e) { if (e.key === "Escape") hide(); });
  document.addEventListener("click", function (e) { if (owner && !owner.contains(e.target) && !box.contains(e.target)) hide(); });
})();
