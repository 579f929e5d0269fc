// Runs before the first paint, so that a chosen theme never flashes. Everything else waits for site.js.
const chosen = localStorage.getItem("theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
