// The drop zone: a dropped or chosen file is sent at once. Without this, the form's own button sends it.
const form = document.querySelector("[data-drop]");

if (form) {
  const zone = form.querySelector(".drop");
  const input = form.querySelector("input[type=file]");
  const button = form.querySelector("button");
  const tooLarge = form.querySelector("[data-most-bytes]");
  button.hidden = true;
  input.classList.add("visually-hidden");

  const send = () => {
    if (!input.files.length) return;
    // The site would cut the connection in the middle, and the browser would show an error of its own.
    tooLarge.hidden = input.files[0].size <= Number(tooLarge.dataset.mostBytes);
    if (!tooLarge.hidden) return;
    zone.querySelector("label").textContent = `Checking ${input.files[0].name}…`;
    form.requestSubmit(button);
  };
  input.addEventListener("change", send);

  const holdsFiles = (event) => [...event.dataTransfer.types].includes("Files");
  for (const name of ["dragenter", "dragover"])
    addEventListener(name, (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      zone.classList.add("over");
    });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("over"); });
  addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    zone.classList.remove("over");
    input.files = event.dataTransfer.files;
    send();
  });
}
