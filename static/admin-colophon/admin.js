// Copy buttons of hashes and addresses, everywhere in the panel.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "copied";
  } catch {
    button.textContent = button.dataset.copy; // no clipboard here: show the whole, to be marked by hand
  }
  setTimeout(() => { button.textContent = "copy"; }, 2000);
});

// Showing a blurred picture in the list is no edit; Django's list would ask about "unsaved changes".
document.addEventListener("change", (event) => {
  if (event.target.closest("table .unveil")) event.stopPropagation();
}, true);
