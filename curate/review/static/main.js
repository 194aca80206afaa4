// The review page: one question after the other, or a screenful at a time.

import {Bar} from "./bar.js";
import {classBox, focusClasses} from "./classes.js";
import {Comparing, showCompare, stopBlinking} from "./compare.js";
import {askName, openAgreement, openHelp} from "./dialogs.js";
import {find, key, make} from "./dom.js";
import {Grid, room, showGrid} from "./grid.js";
import {isTyping, keyOf, shown} from "./keys.js";
import {noteBox, showDecided, showExamples, showMeasured, showReasons, showSources} from "./panel.js";
import {Preloader, alignedUrl, thumbUrl} from "./preload.js";
import {Queue} from "./queue.js";
import {Refused, get, post, sendPending, watchServer} from "./server.js";
import {isAboutLabel, showSingle} from "./single.js";
import {watchSwipes} from "./touch.js";

const AHEAD = 3; // pictures that are there before they are asked for
const ESTIMATE_EVERY = 5; // decisions

const address = new URLSearchParams(location.search);
const session = {
  reviewer: null,
  filters: {who: address.get("who") || "open", flag: address.get("flag") || "", class: address.get("class") || ""},
  seen: 0, undo: null, last: null, done: 0, facts: {}, reviewers: [],
};
const classes = new Map();
const queue = new Queue();
const preloader = new Preloader((ids) => get("/api/items", {...asked(), ids: ids.join(",")}));
const comparings = new Map();
const bar = new Bar(session, () => load(null));
let busy = false;
let grid = null;
let item = null;
let actions = [];

const nameOf = (id) => classes.get(id)?.name ?? id;
const asked = () => ({...session.filters, reviewer: session.reviewer});

function say(words) {
  find("live").textContent = words;
}

function complain(words) {
  find("banner").textContent = words;
  find("banner").hidden = !words;
}

watchServer(
  (saving) => complain(saving ? "The server does not answer: your last decision is not saved yet. It is sent again until "
    + "it is; keep this page open." : "The server does not answer; start whatbenz review again."),
  () => complain(""));

// Runs one thing at a time: a key that comes before the next picture is shown belongs to none.
async function exclusively(work) {
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

// --- loading -------------------------------------------------------------------------------------------------------

async function start() {
  await sendPending();
  const facts = await get("/api/start");
  for (const row of facts.classes) classes.set(row.id, row);
  session.reviewer = localStorage.getItem("reviewer") || facts.reviewer;
  session.reviewers = facts.reviewers;
  session.gone = facts.gone;
  bar.showReviewer();
  if (address.get("view") === "grid") await load(null, true);
  else await load(location.hash.slice(1) || null);
}

// Fills the queue by the filters; `id` is where to go on, if it is still open.
async function load(id, asGrid = grid !== null) {
  await exclusively(async () => {
    const answer = await get("/api/queue", asked());
    take(answer);
    queue.fill(answer.items);
    preloader.forgetAll();
    comparings.clear();
    session.done = 0;
    bar.fill(answer, session.reviewers, nameOf);
    if (id && queue.ids.includes(id)) queue.goTo(id);
    if (asGrid) await openGrid();
    else await closeGrid();
  });
}

function take(answer) {
  session.seen = answer.seen;
  session.undo = answer.undo;
  if (answer.minutes) session.facts = answer;
}

// What this answer, another tab or another reviewer changed.
function takeNews(answer, word) {
  take(answer);
  for (const [id, settled] of Object.entries(answer.touched)) {
    preloader.forget(id);
    if (settled) queue.settle(id, word ?? "decided elsewhere");
    else queue.reopen(id);
  }
}

// --- one question --------------------------------------------------------------------------------------------------

async function show() {
  const id = queue.current;
  item = id ? await preloader.item(id) : null;
  if (id && !item) { // the tables were written anew
    queue.ids.splice(queue.at, 1);
    queue.at = Math.min(queue.at, queue.ids.length - 1);
    return show();
  }
  draw();
  history.replaceState(null, "", addressOf(id));
  if (id) queue.see(id);
  preloadNext();
}

function preloadNext() {
  const next = queue.upcoming(AHEAD);
  preloader.ahead(next).then(() => {
    for (const id of next) {
      const coming = preloader.items.get(id);
      for (const sha256 of Object.values(coming?.examples ?? {}).flat()) preloader.image(thumbUrl(sha256));
    }
    if (item?.kind === "compare") {
      const comparing = comparings.get(item.id);
      if (comparing) preloader.image(alignedUrl(comparing.first, comparing.other));
    }
  }).catch(() => {});
}

function addressOf(id) {
  const values = Object.entries({...session.filters, view: grid ? "grid" : ""})
    .filter(([name, value]) => value && !(name === "who" && value === "open"));
  return `/?${new URLSearchParams(values)}${id && !grid ? `#${id}` : ""}`;
}

function draw() {
  stopBlinking();
  progress();
  if (!item) return drawEnd();
  if (item.kind === "compare" && comparings.get(item.id)?.item !== item) {
    comparings.set(item.id, new Comparing(item, comparings.get(item.id)));
  }
  const comparing = comparings.get(item.id);
  const ctx = {
    item, preloader, nameOf, decide, focusClasses,
    redraw: (words) => { draw(); say(words); },
  };
  const view = item.kind === "compare" ? showCompare(ctx, comparing) : showSingle(ctx);
  find("main").dataset.mode = item.kind === "compare" ? "compare" : isAboutLabel(item) ? "label" : "picture";
  find("main").dataset.item = item.id;
  find("question").replaceChildren(...[view.question].flat(), ...marks());
  find("stage").replaceChildren(...view.stage.filter(Boolean));
  drawActions([...view.actions, ...always()]);
  const note = find("note")?.value ?? "";
  const pictures = item.kind === "compare"
    ? [comparing.picture(comparing.first), comparing.picture(comparing.other)] : item.pictures.slice(0, 1);
  find("panel").replaceChildren(...[
    showDecided(item, nameOf), showReasons(item), showMeasured(item, comparing?.other), showExamples(item, nameOf),
    item.kind === "compare" ? null : classBox({
      order: item.likeliest, classes, digits: view.digits, own: item.class_ids[0], leave: backToStage,
      choose: (id) => {
        backToStage();
        decide(id === item.class_ids[0] ? {decision: "keep"} : {decision: "relabel", label: id},
          id === item.class_ids[0] ? "kept" : `moved to ${nameOf(id)}`);
      },
    }), noteBox(backToStage), showSources(pictures)].filter(Boolean));
  find("note").value = note;
  find("panel").scrollTop = 0;
}

function marks() {
  const word = queue.settled.get(item.id);
  if (word) return [make("span", {class: "mark", data: {settled: ""}}, word)];
  return queue.isSeen(item.id) ? [make("span", {class: "mark"}, "seen")] : [];
}

function drawEnd() {
  find("main").dataset.mode = "end";
  delete find("main").dataset.item;
  find("question").replaceChildren(queue.ids.length || session.done ? "All decided" : "Nothing to decide here");
  find("stage").replaceChildren(make("div", {class: "end"},
    make("p", {}, session.filters.who === "open" && !session.filters.flag && !session.filters.class
      ? "Run dvc repro to apply the decisions." : "This queue is empty; choose another above."),
    session.gone ? make("p", {}, `${session.gone} decisions are about pictures that are not here; they are kept.`) : null));
  find("panel").replaceChildren();
  drawActions(always().filter((action) => ["u", "g"].includes(action.key)));
}

function always() {
  const last = session.last;
  return [
    {key: "r", words: last ? `Repeat: ${last.word}` : "Repeat", style: "tool", hidden: !last, run: repeat},
    {key: "u", words: "Undo", style: "tool", hidden: !session.undo, run: undo},
    {key: "ArrowLeft", words: "Back", style: "move", run: () => move(-1)},
    {key: "ArrowRight", words: "On", style: "move", run: () => move(1)},
    {key: "g", words: grid ? "One by one" : "Grid", style: "tool", run: toggleGrid},
  ];
}

function drawActions(list) {
  actions = list;
  const focused = document.activeElement?.closest?.("#actions button")?.dataset.key;
  find("actions").replaceChildren(...list.filter((action) => !action.hidden && !action.silent).map((action) => make("button", {
    type: "button", class: action.style, data: {key: action.key}, "aria-keyshortcuts": action.key,
    "aria-pressed": action.pressed === undefined ? null : String(action.pressed),
    "data-proposed": action.proposed ? "" : null, onclick: action.run,
  }, key(shown(action.key)), make("span", {}, action.words))));
  if (focused) find("actions").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function progress() {
  const left = grid ? session.facts.left ?? 0 : queue.left;
  bar.showProgress(session.done, left, session.facts, !grid && item ? `${queue.at + 1} of ${queue.ids.length}` : "");
}

function backToStage() {
  find("stage").focus({preventScroll: true});
}

// --- deciding ------------------------------------------------------------------------------------------------------

async function decide(answer, word) {
  await exclusively(async () => {
    const id = item.id;
    const note = find("note").value.trim();
    const flag = session.filters.who === "disagreements" ? "disagreement" : session.filters.flag || null;
    await send([{item: id, flag, note: note || null, ...answer}], word);
    find("note").value = "";
    session.last = {answer: {decision: answer.decision, label: answer.label ?? null}, word};
    if (queue.settled.has(id)) queue.nextOpen();
    await show();
    say(`${word}. ${item ? find("question").textContent : "All decided"}`);
  });
}

async function send(answers, word) {
  const answer = await post("/api/decide", {reviewer: session.reviewer, seen: session.seen, answers});
  takeNews(answer, word);
  const before = Math.floor(session.done / ESTIMATE_EVERY);
  session.done += answers.length;
  if (Math.floor(session.done / ESTIMATE_EVERY) !== before) askEstimate();
}

// In the background: the next picture does not wait for an estimate.
function askEstimate() {
  get("/api/estimate", asked()).then((facts) => {
    session.facts = facts;
    progress();
  }).catch(() => {});
}

function repeat() {
  const {last} = session;
  if (!last) return;
  if (grid) return decideGrid(last.answer.decision);
  const {decision} = last.answer;
  const fits = item.kind === "compare" ? ["same", "different", "drop"] : ["keep", "drop", "relabel"];
  if (!fits.includes(decision)) return say("The last decision does not fit this question");
  const others = item.kind === "compare" ? [comparings.get(item.id).other] : [];
  return decide({...last.answer, others}, last.word);
}

async function undo() {
  await exclusively(async () => {
    if (!session.undo) return say("Nothing to undo");
    const {decision, count} = session.undo;
    const answer = await post("/api/undo", {reviewer: session.reviewer, seen: session.seen, at: session.undo.at});
    takeNews(answer);
    session.done = Math.max(0, session.done - Math.max(1, answer.items.length));
    for (const id of answer.items) queue.reopen(id);
    if (grid) return drawScreenful();
    if (answer.items.length) queue.goTo(answer.items[0]);
    await show();
    say(answer.written ? `Undid: ${decision}${count > 1 ? `, ${count} at once` : ""}` : "That was undone already");
  });
}

async function move(by) {
  await exclusively(async () => {
    if (queue.step(by)) await show();
    else say(by < 0 ? "This is the first" : "This is the last");
  });
}

// --- grid ----------------------------------------------------------------------------------------------------------

async function toggleGrid() {
  if (grid) await load(null, false);
  else await exclusively(openGrid);
}

async function openGrid() {
  grid = grid ?? {};
  await drawScreenful();
}

async function closeGrid() {
  grid = null;
  await show();
}

async function drawScreenful() {
  stopBlinking();
  item = null;
  find("main").dataset.mode = "grid";
  delete find("main").dataset.item;
  find("panel").replaceChildren();
  const {columns, count} = room(find("stage"));
  const screenful = await get("/api/grid", {...asked(), count});
  take(screenful);
  history.replaceState(null, "", addressOf(null));
  grid = new Grid({...screenful, left: screenful.batch_left}, columns);
  progress();
  if (!grid.items.length) {
    find("question").replaceChildren("Nothing to decide by the screenful");
    find("stage").replaceChildren(make("p", {class: "end"}, "What is left needs a look of its own: press G."));
    return drawActions(always().filter((action) => ["u", "g"].includes(action.key)));
  }
  const view = showGrid(grid, nameOf, decideGrid);
  find("question").replaceChildren(...view.question);
  find("stage").replaceChildren(...view.stage);
  grid.onPaint = () => drawActions([...view.actions(), ...always().filter((action) => action.style !== "move")]);
  grid.paint();
  grid.tiles[0].focus({preventScroll: true});
  for (const sha256 of screenful.next.flat()) preloader.image(thumbUrl(sha256));
}

function decideGrid(decision) {
  if (!grid.items?.length || !grid.choices.includes(decision)) return;
  exclusively(async () => {
    const word = `${grid.items.length} at once: ${decision}`;
    await send(grid.answers(decision), word);
    session.last = {answer: {decision, label: null}, word: decision};
    await drawScreenful();
    say(word);
  });
}

function gridKey(name) {
  const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid.columns, ArrowDown: grid.columns}[name];
  if (step && grid.items.length) grid.move(step);
  else if (name === " " && grid.items.length) grid.toggle();
  else return false;
  return true;
}

// --- keys and touch ------------------------------------------------------------------------------------------------

const SHORTCUTS = {
  "?": openHelp,
  n: () => find("note")?.focus(),
  a: async () => openAgreement((await get("/api/agreement")).rows),
  " ": () => comparings.get(item?.id)?.turn?.(),
};

document.addEventListener("keydown", (event) => {
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const name = keyOf(event);
  if (!name || (event.repeat && !name.startsWith("Arrow"))) return;
  if (name === " " && event.target.closest?.("button, a, select") && !event.target.closest(".tile")) return;
  const action = actions.find((candidate) => candidate.key === name && !candidate.hidden);
  if (grid && gridKey(name)) event.preventDefault();
  else if (action) {
    event.preventDefault();
    if (!busy) action.run();
  } else if (Object.hasOwn(SHORTCUTS, name)) {
    event.preventDefault();
    SHORTCUTS[name]();
  }
});

watchSwipes(find("stage"), (by) => { if (!grid && item) move(by); });
find("help-open").addEventListener("click", openHelp);
find("agreement-open").addEventListener("click", SHORTCUTS.a);
find("reviewer").addEventListener("click", async () => {
  const name = await askName(session.reviewer, session.reviewers);
  if (!name || name === session.reviewer) return;
  session.reviewer = name;
  localStorage.setItem("reviewer", name);
  bar.showReviewer();
  load(queue.current);
});

start();
