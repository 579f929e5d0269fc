// The prompt line: it keeps what is half typed through a reload, and is filled in by links without leaving the page.
const KEY = "studio-draft";
const line = () => document.getElementById("make");
const FILLING = ["again", "edit", "from", "job", "after", "prompt"];

// A draft belongs to what the line was filled in with: another address fills it in anew, and so does what was sent
// before signing in.
function filledBy() {
  const asked = new URLSearchParams(location.search);
  const named = FILLING.map((name) => asked.get(name) ?? "").join("|");
  return FILLING.some((name) => asked.has(name)) ? named : `${named}${line().dataset.draft ?? ""}`;
}

function keep() {
  // A file cannot be kept: it is chosen anew after a reload.
  const values = [...new FormData(line())].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
  sessionStorage.setItem(KEY, JSON.stringify({ filledBy: filledBy(), values }));
}

function restore() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  if (!kept || kept.filledBy !== filledBy() || line().querySelector(".wrong, .notice")) return;
  const values = new Map(kept.values);
  for (const field of line().elements) {
    if (!field.name || ["hidden", "file"].includes(field.type) || field.tagName === "BUTTON") continue;
    if (field.type === "checkbox") field.checked = values.has(field.name);
    else if (values.has(field.name)) field.value = values.get(field.name);
  }
}

function forgetFaults() {
  for (const wrong of line().querySelectorAll(".wrong, .notice")) wrong.remove();
  for (const field of line().querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

async function fill(htmx, link) {
  await htmx.ajax("GET", link.href, { target: "#make", select: "#make", swap: "outerHTML show:none", push: link.href });
  sessionStorage.removeItem(KEY);
  link.closest("details.menu")?.removeAttribute("open");
  const prompt = line().elements.prompt;
  prompt.focus();
  prompt.setSelectionRange(prompt.value.length, prompt.value.length);
  line().scrollIntoView({ block: "nearest" });
}

export function setUpPromptLine(htmx) {
  restore();
  document.addEventListener("input", (event) => {
    if (!line().contains(event.target)) return;
    // A shape by name and a size in pixels exclude each other.
    if (event.target.name === "shape") for (const side of ["width", "height"]) line().elements[side].value = "";
    keep();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-fill]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    fill(htmx, link);
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (event.detail.ctx.sourceElement !== line()) return;
    forgetFaults();
  });
  // A preset has filled it in, or something in it was refused.
  document.addEventListener("htmx:after:swap", (event) => {
    const { target } = event.detail.ctx;
    if (target === "#make" || target?.id === "make") keep();
  });
  // The address after sending names the job; what stands in the line is still what was typed.
  document.addEventListener("htmx:after:history:update", () => {
    if (new URLSearchParams(location.search).has("after")) delete line().dataset.draft;
    if (sessionStorage.getItem(KEY)) keep();
  });
}
