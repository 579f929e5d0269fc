// The curator's desk from the keyboard. Without this script every frame has plain links to the same decisions.
const desk = document.getElementById("desk");
const frames = [...desk.querySelectorAll(".desk-sheet > .frame")];
const loupe = document.getElementById("loupe");
const DECISIONS = { a: "approve", h: "hide", r: "reject", q: "restore" };
let current = null;

function select(frame, { focus = true } = {}) {
  if (!frame) return;
  for (const other of frames) {
    other.tabIndex = other === frame ? 0 : -1;
    other.classList.toggle("current", other === frame);
  }
  current = frame;
  if (focus) frame.focus({ preventScroll: true });
  frame.scrollIntoView({ block: "nearest" });
  const picture = frame.querySelector(".picture").cloneNode(true);
  const reveal = picture.querySelector("input");
  if (reveal) {
    reveal.checked = frame.querySelector(".picture input").checked;
    reveal.addEventListener("change", () => { frame.querySelector(".picture input").checked = reveal.checked; });
  }
  document.getElementById("loupe-picture").replaceChildren(picture);
  document.getElementById("loupe-facts").replaceChildren(frame.querySelector("template").content.cloneNode(true));
  loupe.hidden = false;
}

function neighbour(direction) {
  const place = frames.indexOf(current);
  if (direction === "ArrowRight") return frames[place + 1];
  if (direction === "ArrowLeft") return frames[place - 1];
  // Up and down: the nearest frame, by its middle, of those wholly above or below.
  const here = current.getBoundingClientRect();
  const middle = (box) => box.left + box.width / 2;
  const candidates = frames.filter((frame) => {
    const box = frame.getBoundingClientRect();
    return direction === "ArrowDown" ? box.top > here.top + 1 : box.top < here.top - 1;
  });
  const distance = (frame) => {
    const box = frame.getBoundingClientRect();
    return Math.abs(box.top - here.top) * 10 + Math.abs(middle(box) - middle(here));
  };
  return candidates.sort((a, b) => distance(a) - distance(b))[0];
}

function decide(name) {
  const dialog = document.getElementById(`dialog-${name}`);
  if (!current || !dialog || !current.querySelector(`[data-decide="${name}"]`)) return;
  const place = frames.indexOf(current);
  const next = frames[place + 1] || frames[place - 1];
  dialog.querySelector("[name=work]").value = current.dataset.work;
  dialog.querySelector("[name=seen_state]").value = current.dataset.state;
  dialog.querySelector("[name=next]").value = next ? next.dataset.work : "";
  dialog.querySelector(".dialog-prompt").textContent = `“${current.querySelector(".wish").textContent}”`;
  dialog.querySelector("textarea").value = "";
  dialog.showModal();
  dialog.querySelector("textarea").focus();
}

function toggleHelp() {
  const help = document.getElementById("help");
  help.hidden = !help.hidden;
  document.getElementById("help-button").setAttribute("aria-expanded", String(!help.hidden));
}

function toggleBlur() {
  const reveal = current && current.querySelector(".picture input");
  if (!reveal) return;
  reveal.checked = !reveal.checked;
  select(current);
}

document.addEventListener("keydown", (event) => {
  // Keys with Ctrl, Alt or Meta belong to the browser; letters in a text box belong to the text.
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (document.querySelector("dialog[open]") || event.target.closest("input, textarea, select")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "?") toggleHelp();
  else if (key === "u") document.getElementById("undo-form")?.requestSubmit();
  else if (!current) return;
  else if (key.startsWith("Arrow")) select(neighbour(key));
  else if (key === "s") select(frames[frames.indexOf(current) + 1]);
  else if (key === "b") toggleBlur();
  else if (key === "o") window.location.assign(current.dataset.page);
  else if (key in DECISIONS) decide(DECISIONS[key]);
  else return;
  event.preventDefault();
});

for (const frame of frames) {
  frame.addEventListener("focus", () => { if (current !== frame) select(frame); });
  frame.addEventListener("click", (event) => {
    const link = event.target.closest("[data-decide]");
    if (link) event.preventDefault();
    select(frame, { focus: !event.target.closest("label") });
    if (link) decide(link.dataset.decide);
  });
}
for (const button of document.querySelectorAll("[data-loupe]")) {
  button.addEventListener("click", () => decide(button.dataset.loupe));
}
document.getElementById("help-button").addEventListener("click", toggleHelp);

for (const dialog of document.querySelectorAll("dialog.decision-dialog")) {
  const box = dialog.querySelector("textarea");
  const reasons = [...dialog.querySelectorAll("[data-reason]")];
  for (const button of reasons) {
    button.addEventListener("click", () => { box.value = button.dataset.reason; box.focus(); });
  }
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { if (current) current.focus(); });
  box.addEventListener("keydown", (event) => {
    const usual = box.value === "" && reasons[Number(event.key) - 1];
    if (usual) { event.preventDefault(); box.value = usual.dataset.reason; }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      dialog.querySelector("form").requestSubmit();
    }
  });
}

select(frames.find((frame) => frame.dataset.work === desk.dataset.focus) || frames[0]);
