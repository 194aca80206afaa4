// Starts the page: its words, its routes (the part of the address behind #), and the way from a file to its answer.

import { answerPage } from "./answer.js";
import { carPage } from "./car.js";
import { make } from "./dom.js";
import { market } from "./market.js";
import { announce, hush } from "./notice.js";
import { keepPast } from "./past.js";
import { prepare } from "./photo.js";
import { predict } from "./server.js";
import { pastPage, shelfPage } from "./shelf.js";
import { acceptDrops, startPage } from "./start.js";
import { Trouble } from "./trouble.js";
import { keepShell, offerInstallation } from "./update.js";
import { language, LANGUAGES, loadWords, say } from "./words.js";

let sight = null; // the photo at hand: {id, at, file, address, upload, thumbnail, answer, trouble, correct, busy, stop}

function look(file) {
  if (sight) {
    sight.stop.abort();
    URL.revokeObjectURL(sight.address);
  }
  sight = {
    id: crypto.getRandomValues(new Uint32Array(2)).join("-"),
    at: Date.now(),
    file,
    address: URL.createObjectURL(file),
    upload: null,
  };
  ask(sight);
  if (location.hash === "#answer") show();
  else location.hash = "#answer";
}

function ask(asked) {
  asked.stop = new AbortController();
  asked.trouble = asked.answer = null;
  asked.busy = recognise(asked);
}

async function recognise(asked) {
  try {
    if (!asked.upload) Object.assign(asked, await prepare(asked.file));
    asked.answer = await predict(asked.upload, await market(), asked.stop.signal);
  } catch (error) {
    if (asked.stop.signal.aborted) return;
    asked.trouble = error instanceof Trouble ? error : new Trouble("failed");
    if (!(error instanceof Trouble)) throw error;
    return;
  }
  await keep(asked);
}

/** Keep the answer on this device. A private window may refuse it; the answer shows all the same. */
async function keep({ id, at, thumbnail, answer, correct = null }) {
  try {
    await keepPast({ id, at, thumbnail, answer, correct });
  } catch {
    // Nothing to say: the history simply stays empty.
  }
}

function again() {
  ask(sight);
  show();
}

const routes = {
  "": () => startPage(look),
  "answer": () => (sight ? answerPage(sight, { again, changed: () => keep(sight) }) : leave()),
  "past": (id) => (id ? pastPage(id) : shelfPage()),
  "car": (id) => carPage(id),
};

/** Go to the first page instead, for the one asked for is gone with the last visit. */
function leave() {
  history.replaceState(null, "", "#");
  return startPage(look);
}

let first = true;

async function show() {
  const asked = location.hash;
  const [name, id] = asked.slice(1).split("/");
  const page = await (routes[name] ?? leave)(id && decodeURIComponent(id));
  if (location.hash !== asked && routes[name]) return; // the reader went on meanwhile
  hush();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  const title = page.querySelector("h1");
  document.getElementById("page").replaceChildren(page);
  document.title = name && title ? `${title.textContent} · What Benz` : "What Benz";
  if (first) first = false;
  else {
    scrollTo(0, 0);
    title?.focus({ preventScroll: true });
  }
}

function languageChoice() {
  const list = make(
    "select",
    { id: "language" },
    Object.entries(LANGUAGES).map(([tag, name]) =>
      make("option", { value: tag, lang: tag, selected: tag === language() }, name),
    ),
  );
  list.addEventListener("change", async () => {
    await loadWords(list.value);
    await show();
    document.getElementById("language").focus();
  });
  document.getElementById("language-choice").append(list);
}

function followConnection() {
  const bar = document.getElementById("offline");
  const tell = () => {
    bar.hidden = navigator.onLine;
    if (!navigator.onLine) announce(say("offline"));
    else if (location.hash === "#answer" && sight?.trouble?.reason === "offline") again();
  };
  addEventListener("online", tell);
  addEventListener("offline", tell);
  if (!navigator.onLine) tell();
}

/** Go to the content. Its address would be taken for a route. */
function skip(event) {
  event.preventDefault();
  document.getElementById("page").focus();
}

await loadWords();
document.querySelector(".skip").addEventListener("click", skip);
languageChoice();
offerInstallation(document.getElementById("install"));
acceptDrops(look);
addEventListener("hashchange", show);
market();
await show();
followConnection();
keepShell();
