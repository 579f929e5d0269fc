// The drop zone: a dropped or chosen file is checked in this browser and, unless the visitor wants it alone, by the server.
// Without this, the form's own button sends the file.
import { chooseNode, chosenNode } from "./chain.js";
import { setUp } from "./enhance.js";
import { checkFile, checkHash, compare } from "./own-check.js";
import { setState, show } from "./proof-lines.js";

const ALONE = "colophon.alone", CONTRACT = "colophon.contract";
const own = document.querySelector("[data-own]");
const answers = document.querySelector("[data-answers]");
const form = document.querySelector("[data-drop]");
const askedHash = document.querySelector("[data-asked-hash]")?.dataset.askedHash;
let round = 0;
let again = () => {};

// What the browser finds

function places() {
  const named = JSON.parse(document.getElementById("places").textContent);
  const contract = localStorage.getItem(CONTRACT);
  return contract ? [{ name: "the contract that you named", contract, chain: null, rpc: named[0]?.rpc ?? "", fromBlock: "0x0" }] : named;
}

function tellInto(list, mine) {
  list.replaceChildren();
  return ({ sentence, ...found }) => {
    if (mine !== round) return;
    const line = document.querySelector("template[data-line]").content.firstElementChild.cloneNode(true);
    line.dataset.checked = found.name;
    line.querySelector("[data-says]").textContent = sentence;
    line.querySelector("details").hidden = !found.compared;
    show(line, found);
    list.append(line);
  };
}

async function describedBy(cid) {
  if (alone()) throw new Error("our server, which has it, is not to be asked");
  const answer = await fetch(`/ipfs/${cid}`);
  if (!answer.ok) throw new Error(`our server does not have it (${answer.status})`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function look(check) {
  const mine = ++round;
  own.hidden = false;
  own.querySelector("[data-sentence]").textContent = "Your browser is checking…";
  own.querySelector("[data-agreement]").hidden = true;
  const found = await check({ places: places(), describe: describedBy, tell: tellInto(own.querySelector("[data-lines]"), mine) });
  if (mine !== round) return null;
  own.querySelector("[data-sentence]").textContent = found.sentence;
  setState(own.querySelector(".verdict .state"), found.state);
  return found;
}

// What the server says beside it

const alone = () => Boolean(form) && document.getElementById("alone").checked;

async function serversAnswer(file) {
  const body = new FormData();
  body.append("file", file);
  const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const report = page.querySelector("[data-report]");
  if (report) return report;
  // What was wrong, before any other words: a list of selectors would find whichever stands first on the page.
  const said = (page.querySelector(".wrong:not([hidden]), .notice.error") ?? page.querySelector("main p"))?.textContent.trim();
  throw new Error(said || `it answered with the status ${answer.status}`);
}

function sayOfServer(words) {
  const line = document.createElement("p");
  line.className = "notice";
  line.setAttribute("role", "status");
  line.textContent = words;
  answers.querySelector("[data-server]").replaceChildren(line);
}

async function askServer(file) {
  if (alone()) {
    sayOfServer("Our server was not asked, as you wished.");
    return null;
  }
  sayOfServer("Our server is looking at the file…");
  try {
    const report = await serversAnswer(file);
    setUp(report);
    answers.querySelector("[data-server]").replaceChildren(report);
    return report.dataset;
  } catch (error) {
    sayOfServer(`Our server gave no answer: ${error.message} What your browser found stands by itself.`);
    return null;
  }
}

function agree(found, server) {
  if (!found || !server) return;
  const { state, sentence } = compare(found, { contentHash: server.contentHash, verdict: server.verdict, token: server.token, contract: server.contract, owner: server.owner });
  const line = own.querySelector("[data-agreement]");
  line.hidden = false;
  line.dataset.agreement = state;
  line.classList.toggle("error", state === "does_not_hold");
  line.textContent = sentence;
}

async function checkBoth(file) {
  form.closest("[data-asking]").hidden = true;
  answers.hidden = false;
  const name = own.querySelector("[data-file-name]");
  [name.hidden, name.textContent] = [false, file.name];
  own.querySelector("#own-verdict").focus();
  const bytes = new Uint8Array(await file.arrayBuffer());
  const server = askServer(file);
  again = async () => agree(await look((with_) => checkFile(bytes, with_)), await server);
  await again();
}

// The node and the contract

function setUpNodes() {
  const nodes = own.querySelector("[data-nodes]");
  const [node, contract] = [nodes.querySelector("#node"), nodes.querySelector("#contract")];
  [node.value, contract.value] = [chosenNode(), localStorage.getItem(CONTRACT) ?? ""];
  const wallet = nodes.querySelector("[data-wallet-node]");
  wallet.hidden = !window.ethereum;
  wallet.addEventListener("click", () => { node.value = "wallet"; nodes.requestSubmit(); });
  nodes.addEventListener("submit", (event) => {
    event.preventDefault();
    chooseNode(node.value.trim());
    const named = contract.value.trim();
    const isAddress = /^0x[0-9a-f]{40}$/i.test(named);
    contract.setCustomValidity(named && !isAddress ? "A contract’s address is 0x and 40 of the characters 0 to 9 and a to f." : "");
    if (!contract.reportValidity()) return;
    if (named) localStorage.setItem(CONTRACT, named);
    else localStorage.removeItem(CONTRACT);
    again();
  });
  contract.addEventListener("input", () => contract.setCustomValidity(""));
}

// The drop zone

function setUpZone() {
  const zone = form.querySelector(".drop");
  const input = form.querySelector("input[type=file]");
  const button = form.querySelector("button");
  const tooLarge = form.querySelector("[data-most-bytes]");
  const box = form.querySelector("[data-alone]");
  button.hidden = true;
  box.hidden = false;
  input.classList.add("visually-hidden");
  box.querySelector("input").checked = localStorage.getItem(ALONE) === "yes";
  box.querySelector("input").addEventListener("change", (event) => {
    if (event.target.checked) localStorage.setItem(ALONE, "yes");
    else localStorage.removeItem(ALONE);
  });

  const send = () => {
    const [file] = input.files;
    if (!file) return;
    // The site would cut the connection in the middle; the browser alone has no such limit.
    tooLarge.hidden = alone() || file.size <= Number(tooLarge.dataset.mostBytes);
    if (!tooLarge.hidden) return;
    if (crypto.subtle) checkBoth(file);
    else form.requestSubmit(button); // browsers hash only on a secure connection
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

setUpNodes();
if (form) setUpZone();
// A page that answers for a hash has no file to look at: the chain is asked for what our server named.
if (askedHash && crypto.subtle) {
  const server = document.querySelector("[data-report]").dataset;
  again = async () => agree(await look((with_) => checkHash(askedHash, with_)), server);
  again();
}
