// The queue, live: one stream tells where all one's jobs stand. Steps are written in place; anything else has the
// part below the prompt line fetched anew, so that the server stays the one place that says how a state looks.
const POLL_MS = 4000;
let shown = null;
let fetching = false;
let again = false;

const shape = ({ jobs }) => JSON.stringify(jobs.map(({ step, total_steps, when, preview, ...rest }) => rest));
const readyOf = ({ jobs }) => jobs.reduce((sum, job) => sum + job.ready, 0);

function showSteps({ jobs }) {
  for (const { id, step, total_steps: total, when } of jobs) {
    const row = document.getElementById(`job-${id}`);
    if (row) row.querySelector("[data-when]").textContent = when;
    const bar = row?.querySelector("progress");
    if (!bar || !total) continue;
    bar.max = total;
    bar.value = step;
    row.querySelector("[data-steps]").textContent = `step ${step} of ${total}`;
  }
}

// The last preview of each picture that forms, by its tile: each picture of a job has its turn, and the part that is
// fetched anew knows only of the latest.
const previews = new Map();

function notePreviews({ jobs }) {
  for (const tile of previews.keys()) if (!jobs.some(({ id }) => tile.startsWith(`tile-${id}-`))) previews.delete(tile);
  for (const { id, preview } of jobs) if (preview) previews.set(`tile-${id}-${preview.index}`, preview.url);
}

// A preview takes the place of the one before it once it has arrived, so that nothing flickers.
function showPreviews() {
  for (const [tile, url] of previews) {
    const place = document.getElementById(tile)?.querySelector(".waiting");
    if (!place || place.querySelector("img")?.getAttribute("src") === url) continue;
    const image = new Image();
    image.alt = "";
    image.addEventListener("load", () => { if (place.isConnected) place.replaceChildren(image); });
    image.src = url;
  }
}

// One question at a time: what changes meanwhile is asked for right after.
async function refresh(htmx) {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    do {
      again = false;
      await htmx.ajax("GET", location.pathname + location.search, { target: "#sheet", select: "#sheet", swap: "outerMorph show:none" });
    } while (again);
  } finally {
    fetching = false;
  }
}

function tell(before, now) {
  if (!before) return;
  const gone = before.jobs.filter((job) => !now.jobs.some(({ id }) => id === job.id)).length;
  const more = readyOf(now) > readyOf(before);
  if (gone || more) document.getElementById("said").textContent = gone ? "A job has ended." : "A picture is ready.";
}

// Whether the page, as it came, shows the jobs as the first event says they are.
function isOnThePage({ jobs }) {
  const rows = [...document.querySelectorAll("#queue [data-job]")];
  const shows = ({ id, status }) => {
    const row = document.getElementById(`job-${id}`);
    return row && (row.querySelector("progress") !== null) === (status === "running");
  };
  return rows.length === jobs.length && jobs.every(shows);
}

export function watchQueue(htmx) {
  const notice = () => document.querySelector("#queue [data-connection]");
  const source = new EventSource(document.getElementById("queue").dataset.events);
  let before = null;
  source.addEventListener("open", () => { notice().hidden = true; });
  source.addEventListener("state", (event) => {
    const state = JSON.parse(event.data);
    showSteps(state);
    notePreviews(state);
    showPreviews();
    const now = shape(state);
    if (shown === null ? !isOnThePage(state) : now !== shown) {
      tell(before, state);
      refresh(htmx);
    }
    shown = now;
    before = state;
  });
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) { notice().hidden = false; return; }
    setInterval(() => refresh(htmx), POLL_MS);
  });
  document.addEventListener("htmx:after:swap", showPreviews);
  addEventListener("pagehide", () => source.close());
}
