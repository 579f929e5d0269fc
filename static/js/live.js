// A page that watches a job or a mint. The events carry whole states; the page itself stays the one place that says
// how a state looks: when something other than the progress changed, its parts are fetched anew and swapped.
import { setUp } from "./enhance.js";

const watched = document.querySelector("[data-events]");
const notice = document.querySelector("[data-connection]");
const ENDED = new Set(["succeeded", "failed", "canceled", "final"]);
const POLL_MS = 4000;
let shown = null;

const shape = (state) => JSON.stringify([state.status, state.queue_place, state.works?.length, state.transaction, state.error]);

function showProgress({ progress }) {
  const bar = watched.querySelector("progress");
  const words = watched.querySelector("[data-steps]");
  if (!bar || !words || !progress?.total) return;
  bar.max = progress.total;
  bar.value = progress.step;
  words.textContent = `step ${progress.step} of ${progress.total}`;
}

// Two copies of a form differ in their CSRF token only by its mask.
const comparable = (part) => part.outerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");
const signature = new Map();

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the page answered ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = fresh.title;
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const name = part.dataset.part;
    const text = comparable(part);
    const old = document.querySelector(`[data-part="${name}"]`);
    if (!old || signature.get(name) === text) continue;
    signature.set(name, text);
    const adopted = document.adoptNode(part);
    old.replaceWith(adopted);
    setUp(adopted);
  }
  return fresh.querySelector("[data-events]") === null;
}

async function follow(state) {
  showProgress(state);
  const now = shape(state);
  if (now === shown) return;
  shown = now;
  await refresh();
}

// The endpoint refused (signed out meanwhile, say): look at the page now and then instead.
async function poll() {
  try {
    if (await refresh()) return;
  } catch {
    notice.hidden = false;
  }
  setTimeout(poll, POLL_MS);
}

function watch() {
  const source = new EventSource(watched.dataset.events);
  let queue = Promise.resolve();
  source.addEventListener("open", () => { notice.hidden = true; });
  source.addEventListener("state", (event) => {
    const state = JSON.parse(event.data);
    if (ENDED.has(state.status)) source.close();
    queue = queue.then(() => follow(state)).catch(() => { shown = null; setTimeout(poll, POLL_MS); });
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) poll();
    else notice.hidden = false;
  });
  addEventListener("pagehide", () => source.close());
}

for (const part of document.querySelectorAll("[data-part]")) signature.set(part.dataset.part, comparable(part));
if (watched) watch();
