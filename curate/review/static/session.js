// What this tab knows: who reviews, which queue, what the journal holds; and how it says things.

import {find} from "./dom.js";
import {Preloader} from "./preload.js";
import {Queue} from "./queue.js";
import {Refused, get, post, watchServer} from "./server.js";

const address = new URLSearchParams(location.search);

export const session = {
  reviewer: null,
  reviewers: [],
  filters: {who: address.get("who") || "open", flag: address.get("flag") || "", class: address.get("class") || ""},
  grid: address.get("view") === "grid",
  seen: 0, // rows of the journal that this tab knows
  undo: null, // what an undo takes back
  last: null, // the last decision, to repeat it
  done: 0, // decided in this queue since it was loaded
  pace: {}, // how fast this reviewer answers each kind of question
  laysOn: false, // whether this reviewer blinks: laying a picture on another takes the server a while
  aside: new Set(), // groups that were marked in the grid: they wait for a look of their own
  gone: 0, // decisions on pictures that are not here
};
export const classes = new Map();
export const queue = new Queue();
export const asked = () => ({...session.filters, reviewer: session.reviewer});
export const preloader = new Preloader((ids) => get("/api/items", {...asked(), ids: ids.join(",")}));
export const nameOf = (id) => classes.get(id)?.name ?? id;

export function say(words) {
  find("live").textContent = words;
}

export function complain(words) {
  find("banner").textContent = words;
  find("banner").hidden = !words;
}

watchServer(
  (saving) => complain(saving ? "The server does not answer: your last decision is not saved yet. It is sent again until "
    + "it is; keep this page open." : "The server does not answer; start whatbenz review again."),
  () => complain(""));

let busy = false;

// Runs one thing at a time: a key that comes before the next picture is shown belongs to none.
export async function exclusively(work) {
  if (busy) return;
  busy = true;
  document.body.dataset.busy = "";
  try {
    await work();
    complain("");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    complain(error.message);
  } finally {
    busy = false;
    delete document.body.dataset.busy;
  }
}

export function take(answer) {
  session.seen = answer.seen;
  session.undo = answer.undo;
  session.pace = answer.pace;
}

// Sends answers and resolves when they are on disk; `word` is what the queue shows for them.
export async function sendAnswers(answers, word) {
  const answer = await post("/api/decide", {reviewer: session.reviewer, seen: session.seen, answers});
  takeNews(answer, word);
  session.done += answers.length;
}

// Takes the last action back and returns the ids of its items; none if another tab was quicker.
export async function sendUndo() {
  const answer = await post("/api/undo", {reviewer: session.reviewer, seen: session.seen, at: session.undo.at});
  takeNews(answer, "decided elsewhere");
  session.done = Math.max(0, session.done - Math.max(1, answer.items.length));
  for (const id of answer.items) queue.reopen(id);
  return answer.items;
}

// What this answer, another tab or another reviewer changed.
function takeNews(answer, word) {
  take(answer);
  for (const [id, settled] of Object.entries(answer.touched)) {
    preloader.forget(id);
    if (settled) queue.settle(id, word);
    else queue.reopen(id);
  }
}

// Where a reload goes on.
export function keepAddress(id) {
  const values = Object.entries({...session.filters, view: session.grid ? "grid" : ""})
    .filter(([name, value]) => value && !(name === "who" && value === "open"));
  history.replaceState(null, "", `/?${new URLSearchParams(values)}${id ? `#${id}` : ""}`);
}
