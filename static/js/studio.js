// The studio: what is pressed is sent by htmx and the part below the prompt line is morphed into what the server says.
// This module adds the keys, the selection in the address, and the live queue.
import htmx from "../htmx/htmx.esm.min.js";
import { setUp } from "./enhance.js";
import { watchQueue } from "./studio-live.js";
import { setUpKeys } from "./studio-keys.js";
import { setUpSelection } from "./studio-selection.js";
import { setUpPromptLine } from "./studio-prompt.js";

// What is open stays open when the page below it changes: a menu, a fold, a dialog.
htmx.registerExtension("studio", {
  htmx_before_morph_attr: (element, { attrName, newValue }) =>
    !(attrName === "open" && newValue === null && element.matches("details, dialog")),
});

// Signed out meanwhile, or another page altogether: go there, instead of showing nothing.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const { raw } = ctx.response;
  if (raw.redirected && new URL(raw.url).pathname.startsWith("/sign-in/")) {
    event.preventDefault();
    location.href = raw.url;
  }
});

// Choices that were left open do not belong into the address.
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method !== "GET") return;
  for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
});

document.addEventListener("htmx:after:process", (event) => setUp(event.target));
// A menu closes by a choice from it or a click beside it; not because a picture arrived meanwhile, which may take the
// focus from it.
document.addEventListener("click", (event) => {
  const shower = event.target.closest("[data-show]");
  if (shower) document.getElementById(shower.dataset.show).showModal();
  closeMenus(event.target.closest("details.menu button") ? null : event.target);
});

function closeMenus(around) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(around)) menu.open = false;
}

setUpPromptLine(htmx);
setUpSelection();
setUpKeys(htmx);
watchQueue(htmx);
