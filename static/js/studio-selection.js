// Which pictures are selected. It stands in the address, so that a reload selects the same.
const boxes = () => [...document.querySelectorAll("#wall input[name=work]")];
export const selected = () => boxes().filter((box) => box.checked).map((box) => box.value);
let last = null;

function show() {
  const chosen = selected();
  const words = document.querySelector("[data-selected]");
  if (words) words.textContent = `With the ${chosen.length === 1 ? "one" : chosen.length} selected:`;
  for (const box of boxes()) box.closest(".tile").classList.toggle("selected", box.checked);
}

function remember() {
  const address = new URL(location.href);
  address.searchParams.delete("selected");
  const chosen = selected();
  // As it is written, with commas: ids hold nothing that needs escaping.
  const rest = address.searchParams.toString();
  const query = [rest, chosen.length ? `selected=${chosen.join(",")}` : ""].filter(Boolean).join("&");
  history.replaceState(history.state, "", address.pathname + (query ? `?${query}` : ""));
  show();
}

// With Shift, everything from the last picture that was touched up to this one.
export function toggle(box, { upTo = false, checked = !box.checked } = {}) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  const range = upTo && from >= 0 ? all.slice(from, to + 1) : [box];
  for (const each of range) each.checked = checked;
  last = box;
  remember();
}

export function selectNothing() {
  for (const box of boxes()) box.checked = false;
  last = null;
  remember();
}

export function setUpSelection() {
  document.addEventListener("click", (event) => {
    if (event.target.matches("#wall input[name=work]")) toggle(event.target, { upTo: event.shiftKey, checked: event.target.checked });
  });
  document.addEventListener("reset", (event) => {
    if (event.target.id !== "works") return;
    event.preventDefault();
    selectNothing();
  });
  document.addEventListener("htmx:after:swap", show);
  show();
}
