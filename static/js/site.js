// On every page: the theme switch, copy buttons, picture placeholders, the prompt line.
import { setUp } from "./enhance.js";

const root = document.documentElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);

function setUpThemeSwitch() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  const use = button.querySelector("use");
  const sprite = use.getAttribute("href").split("#")[0];
  const show = () => {
    use.setAttribute("href", `${sprite}#${isDark() ? "light" : "dark"}`);
    button.querySelector("span").textContent = isDark() ? "Light page" : "Dark page";
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
    show();
  });
  prefersDark.addEventListener("change", show);
  button.hidden = false;
  show();
}

async function copy(button) {
  const label = button.querySelector("span");
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    label.textContent = "Copied";
  } catch {
    label.textContent = "The browser did not allow copying; open the value and select it";
  }
  label.className = "said";
  label.setAttribute("role", "status");
  setTimeout(() => {
    label.textContent = before;
    label.className = "visually-hidden";
    label.removeAttribute("role");
  }, 1600);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

// A choice in a filter takes effect at once; without JavaScript its button does it.
for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  form.querySelector("button")?.setAttribute("hidden", "");
  form.addEventListener("change", () => form.requestSubmit());
}

// Enter sends the prompt, Shift and Enter makes a new line.
for (const area of document.querySelectorAll("textarea[data-send-on-enter]")) {
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    area.form.requestSubmit();
  });
}

// One click is one request: a second press of the same button waits for the first.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  const button = event.submitter;
  if (button?.dataset.busy) setTimeout(() => { button.disabled = true; button.textContent = button.dataset.busy; });
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

setUpThemeSwitch();
setUp(document);
