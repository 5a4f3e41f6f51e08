// One stop of the tab key for a list of controls: the arrow keys, Home and End move within it.
export function rove(list, where) { // gives what to call when other controls are shown
  const stops = () => [...list.querySelectorAll(where)].filter((each) => !list.contains(each.closest("[hidden]")));
  function rest(on) {
    for (const each of list.querySelectorAll(where)) each.tabIndex = each === on ? 0 : -1;
  }
  list.addEventListener("focusin", (event) => { if (event.target.matches(where)) rest(event.target); });
  list.addEventListener("keydown", (event) => {
    const every = stops(), at = every.indexOf(event.target), step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const to = event.key === "Home" ? every[0] : event.key === "End" ? every.at(-1) : step && every[at + step];
    if (at < 0 || !(step || to)) return;
    event.preventDefault();
    to?.focus();
  });
  function refresh() {
    const every = stops();
    rest(every.find((each) => each.tabIndex === 0) ?? every[0]);
  }
  rest(stops()[0]);
  return refresh;
}
