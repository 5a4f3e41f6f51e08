// Small helpers for the page's elements; text is always text, never markup.
export function one(where, within = document) { return within.querySelector(where); }
export function all(where, within = document) { return [...within.querySelectorAll(where)]; }

export function make(tag, values = {}, ...children) {
  return filled(document.createElement(tag), values, children);
}
export function draw(tag, values = {}, ...children) { // a part of an SVG picture
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), values, children);
}
function filled(element, values, children) {
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}
export function onClick(element, act) {
  element.addEventListener("click", act);
  return element;
}
