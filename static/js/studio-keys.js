// Everything from the keyboard; the list is behind `?`.
import { selectNothing, selected, toggle } from "./studio-selection.js";

const places = () => [...document.querySelectorAll("#wall .shot")];
const tile = () => document.activeElement?.closest?.(".tile[data-work]");
const said = (words) => { document.getElementById("said").textContent = words; };
const isTyping = (element) => element.matches("input:not([type=checkbox]), textarea, select");

// The next place in a direction: along the row, or the nearest one in the row above or below.
function neighbour(from, key) {
  const all = places();
  const at = all.indexOf(from);
  if (key === "ArrowLeft") return all[at - 1];
  if (key === "ArrowRight") return all[at + 1];
  const here = from.getBoundingClientRect();
  const middle = here.left + here.width / 2;
  const distance = (place) => {
    const there = place.getBoundingClientRect();
    const down = key === "ArrowDown" ? there.top - here.bottom : here.top - there.bottom;
    return down < -1 ? Infinity : down * 4 + Math.abs(there.left + there.width / 2 - middle);
  };
  const nearest = all.filter((place) => place !== from).sort((a, b) => distance(a) - distance(b))[0];
  return nearest && distance(nearest) < Infinity ? nearest : undefined;
}

function move(event) {
  const from = tile()?.querySelector(".shot");
  const to = from ? neighbour(from, event.key) : places()[0];
  if (!to || (!from && document.activeElement !== document.body)) return;
  event.preventDefault();
  to.focus();
}

// With what is selected, when something is; else with the picture that has the focus.
function press(one, many) {
  const button = many && selected().length ? document.querySelector(many) : tile()?.querySelector(one);
  if (button) button.form ? button.form.requestSubmit(button) : button.click();
  else said("Go to a picture first, with the arrow keys.");
}

function compare() {
  const chosen = selected().length;
  if (chosen < 2 || chosen > 4) return said(`Select two to four pictures to compare; ${chosen || "none"} selected.`);
  press("", ".bulk [formaction$='/compare/these/']");
}

function escape() {
  const open = document.querySelector("details.menu[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  } else if (selected().length) selectNothing();
  else document.activeElement?.blur();
}

const ACTIONS = {
  f: () => press(".heart", ".bulk .button:first-of-type"),
  b: () => press("[formaction$='/boards/pick/these/']", ".bulk [formaction$='/boards/pick/these/']"),
  c: compare,
  e: () => tile()?.querySelector("[data-key=e]")?.click(),
  x: (event) => {
    const box = tile()?.querySelector("input[name=work]");
    if (box) toggle(box, { upTo: event.shiftKey });
    else said("Go to a picture first, with the arrow keys.");
  },
  v: (event) => {
    const button = `[formaction$='/vary/${event.shiftKey ? "strong" : "subtle"}/']`;
    press(button, `.bulk ${button}`);
  },
  u: () => press("[formaction$='/studio/upscale/']", null),
  "/": () => document.querySelector("#make textarea").focus(),
  "?": () => document.getElementById("keys").showModal(),
};

export function setUpKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const makes = (event.ctrlKey || event.metaKey) && event.key === "Enter";
    if (makes) {
      event.preventDefault();
      document.getElementById("make").requestSubmit();
      return;
    }
    if (event.key === "Escape") return escape();
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key.startsWith("Arrow")) return move(event);
    // Enter on a checkbox would send the form.
    if (event.key === "Enter" && event.target.matches("input[type=checkbox]")) return event.preventDefault();
    const action = ACTIONS[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action(event);
  });
}
