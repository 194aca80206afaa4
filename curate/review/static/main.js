// The review page: one question after the other, or a screenful at a time.

import {actionOf} from "./actions.js";
import {Bar} from "./bar.js";
import {askName, openAgreement, openHelp} from "./dialogs.js";
import {find, make} from "./dom.js";
import {isTyping, keyOf} from "./keys.js";
import {backToStage, comparingOf, drawEnd, drawQuestion, preloadNext} from "./question.js";
import {decideScreenful, drawScreenful, grid, gridKey} from "./screenful.js";
import {get, sendPending} from "./server.js";
import {asked, classes, exclusively, keepAddress, nameOf, preloader, queue, say, sendAnswers, sendUndo, session,
  take} from "./session.js";
import {watchSwipes} from "./touch.js";

const FITS = {compare: ["same", "different", "drop"], picture: ["keep", "drop", "relabel"],
  conflict: ["keep", "drop", "relabel"]};
const bar = new Bar(session, () => load(null));
let item = null;

async function start() {
  await sendPending();
  const facts = await get("/api/start");
  for (const row of facts.classes) classes.set(row.id, row);
  session.reviewer = localStorage.getItem("reviewer") || facts.reviewer;
  session.reviewers = facts.reviewers;
  session.gone = facts.gone;
  bar.showReviewer();
  await load(location.hash.slice(1) || null);
}

// Fills the queue by the filters; `id` is where to go on, if it is still in there.
function load(id) {
  return exclusively(async () => {
    const answer = await get("/api/queue", asked());
    take(answer);
    queue.fill(answer.items);
    preloader.forgetAll();
    session.done = 0;
    session.aside.clear();
    bar.fill(answer, session.reviewers, nameOf);
    if (id && queue.ids.includes(id)) queue.goTo(id);
    await show();
  });
}

async function show() {
  if (session.grid) {
    item = null;
    await drawScreenful(decideAll, going);
    bar.showProgress(queue.left, null);
    return;
  }
  item = null;
  while (queue.current && !item) {
    item = await preloader.item(queue.current) ?? null;
    if (!item) queue.remove(queue.current); // the tables were written anew
  }
  if (item) drawQuestion(item, decide, going);
  else drawEnd(going);
  bar.showProgress(queue.left, item ? [queue.at + 1, queue.ids.length] : null);
  keepAddress(item?.id);
  if (item) queue.see(item.id);
  preloadNext(item);
}

const undone = ({decision, label, count}) => (decision === "relabel" ? `to ${nameOf(label)}` : decision)
  + (count > 1 ? ` (${count})` : "");
const detail = (words) => make("span", {class: "detail"}, words ? `: ${words}` : "");

// What can be done beside deciding.
function going() {
  const {last} = session;
  return [
    {key: "ArrowLeft", words: "Back", style: "move", hidden: session.grid || queue.at < 1, run: () => move(-1)},
    {key: "ArrowRight", words: "Next", style: "move", hidden: session.grid || queue.at >= queue.ids.length - 1,
      run: () => move(1)},
    {key: "u", words: ["Undo", detail(session.undo && undone(session.undo))], style: "tool", hidden: !session.undo, run: undo},
    {key: "r", words: ["Repeat", detail(last?.word)], style: "tool", hidden: !last || !fits(last), run: repeat},
    {key: "g", words: session.grid ? "One by one" : "Grid", style: "tool", run: toggleGrid},
  ];
}

function decide(answer, word) {
  return exclusively(async () => {
    const {id} = item;
    const flag = session.filters.who === "disagreements" ? "disagreement" : session.filters.flag || null;
    const note = find("note").value.trim() || null;
    await sendAnswers([{item: id, flag, note, ...answer}], word);
    find("note").value = "";
    session.last = {answer: {decision: answer.decision, label: answer.label ?? null}, word};
    if (queue.settled.has(id)) queue.nextOpen();
    await show();
    say(`${word}. ${find("question").textContent}`);
  });
}

function decideAll(decision) {
  return exclusively(async () => {
    if (!grid.items.length || !grid.choices.includes(decision)) return;
    await decideScreenful(decision);
    await show();
  });
}

const fits = (last) => session.grid ? grid?.choices.includes(last.answer.decision)
  : item && FITS[item.kind].includes(last.answer.decision);

function repeat() {
  const {answer, word} = session.last;
  if (session.grid) return decideAll(answer.decision);
  return decide({...answer, others: item.kind === "compare" ? [comparingOf(item).other] : []}, word);
}

function undo() {
  return exclusively(async () => {
    const words = undone(session.undo);
    const ids = await sendUndo();
    if (ids.length) queue.goTo(ids[0]);
    await show();
    say(ids.length ? `Undid: ${words}` : "That was undone already");
  });
}

function move(by) {
  return exclusively(async () => {
    if (queue.step(by)) await show();
    else say(by < 0 ? "This is the first" : "This is the last");
  });
}

function toggleGrid() {
  session.grid = !session.grid;
  return load(null);
}

async function changeReviewer() {
  const name = await askName(session.reviewer, session.reviewers);
  if (!name || name === session.reviewer) return;
  session.reviewer = name;
  localStorage.setItem("reviewer", name);
  bar.showReviewer();
  session.last = null;
  load(queue.current);
}

const SHORTCUTS = {
  "?": openHelp,
  n: () => find("note")?.focus(),
  a: async () => openAgreement((await get("/api/agreement")).rows),
  " ": () => comparingOf(item)?.turn?.(),
};

document.addEventListener("keydown", (event) => {
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const name = keyOf(event);
  if (!name || (event.repeat && !name.startsWith("Arrow"))) return;
  if (name === " " && event.target.closest?.("button, a") && !event.target.closest(".tile")) return;
  const run = session.grid && gridKey(name) ? () => {} : actionOf(name)?.run ?? SHORTCUTS[name];
  if (!run) return;
  event.preventDefault();
  run();
});

watchSwipes(find("stage"), (by) => { if (item) move(by); });
find("help-open").addEventListener("click", openHelp);
find("agreement-open").addEventListener("click", SHORTCUTS.a);
find("reviewer").addEventListener("click", changeReviewer);
find("stage").addEventListener("click", backToStage);
start();
