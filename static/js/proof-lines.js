// The lines of a proof on a page: a state with its word and icon, a sentence, who checked, and what was compared.
const sprite = document.querySelector("use").getAttribute("href").split("#")[0];
const WORDS = { holds: "Holds", does_not_hold: "Does not hold", cannot_be_told: "Cannot be told" };

export const verdict = (holds, said, compared) => ({ state: holds ? "holds" : "does_not_hold", said, compared });

export function setState(badge, state, word = WORDS[state]) {
  badge.className = `state ${state}`;
  badge.dataset.state = state;
  badge.querySelector("use").setAttribute("href", `${sprite}#${state}`);
  badge.querySelector("span").textContent = word;
}

export function show(line, { state, said, compared }) {
  setState(line.querySelector(".state"), state);
  line.querySelector("[data-who]").textContent = said;
  const table = line.querySelector("table");
  for (const row of table.querySelectorAll("[data-found]")) row.remove();
  for (const [name, value] of Object.entries(compared ?? {})) {
    const row = table.insertRow();
    row.dataset.found = "";
    const head = row.appendChild(document.createElement("th"));
    head.scope = "row";
    head.textContent = name;
    row.insertCell().appendChild(document.createElement("code")).textContent = value;
  }
}
