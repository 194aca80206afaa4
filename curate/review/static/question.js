// One question on the page: the picture, what speaks for and against it, and its decisions.

import {drawActions} from "./actions.js";
import {classBox, focusClasses} from "./classes.js";
import {Comparing, showCompare, stopBlinking} from "./compare.js";
import {find, make} from "./dom.js";
import {noteBox, showDecided, showExamples, showMeasured, showReasons, showSources} from "./panel.js";
import {alignedUrl, thumbUrl} from "./preload.js";
import {classes, nameOf, preloader, queue, say, session} from "./session.js";
import {isAboutLabel, showSingle} from "./single.js";

const AHEAD = 3; // pictures that are there before they are asked for
const comparings = new Map();

export const comparingOf = (item) => comparings.get(item?.id);

export function backToStage() {
  find("stage").focus({preventScroll: true});
}

// Draws the item; `decide(answer, word)` is called with what is decided, `going` are the actions that move on.
// `seen` says whether it was shown before.
export function drawQuestion(item, decide, going, seen = queue.isSeen(item.id)) {
  stopBlinking();
  const comparing = takeUpComparing(item);
  const ctx = {
    item, preloader, nameOf, decide, focusClasses,
    onLayOn: () => { session.laysOn = true; },
    redraw: (words) => {
      drawQuestion(item, decide, going, seen);
      say(words);
    },
  };
  const view = comparing ? showCompare(ctx, comparing) : showSingle(ctx);
  find("main").dataset.mode = comparing ? "compare" : isAboutLabel(item) ? "label" : "picture";
  find("main").dataset.item = item.id;
  find("question").replaceChildren(...[view.question].flat(), mark(item, seen));
  find("stage").replaceChildren(...view.stage.filter(Boolean));
  drawActions(view.actions, going(), view.tools);
  drawPanel(item, comparing, view.digits, decide);
}

export function drawEnd(going) {
  stopBlinking();
  find("main").dataset.mode = "end";
  delete find("main").dataset.item;
  find("question").replaceChildren(queue.ids.length ? "All decided" : "Nothing to decide here");
  const {who, flag, class: classId} = session.filters;
  find("stage").replaceChildren(make("div", {class: "end"},
    make("p", {}, who === "open" && !flag && !classId ? "Run dvc repro to apply the decisions."
      : "This queue is empty; choose another above."),
    session.gone ? make("p", {}, `${session.gone} decisions are about pictures that are not here; they are kept.`) : null));
  find("panel").replaceChildren();
  drawActions([], going());
}

// Fetches what comes next; the page does not wait for it.
export async function preloadNext(item) {
  const next = queue.upcoming(AHEAD);
  try {
    await preloader.ahead(next);
  } catch {
    return;
  }
  for (const id of next) {
    const examples = Object.values(preloader.items.get(id)?.examples ?? {}).flat();
    for (const {sha256} of examples) preloader.image(thumbUrl(sha256));
  }
  const comparing = comparingOf(item);
  if (comparing && session.laysOn) preloader.image(alignedUrl(comparing.first, comparing.other));
}

function takeUpComparing(item) {
  if (item.kind !== "compare") return null;
  const before = comparings.get(item.id);
  if (before?.item !== item) comparings.set(item.id, new Comparing(item, before));
  return comparings.get(item.id);
}

function mark(item, seen) {
  const word = queue.settled.get(item.id);
  if (word) return make("span", {class: "mark", data: {settled: ""}}, word);
  return seen ? make("span", {class: "mark"}, "seen") : "";
}

function drawPanel(item, comparing, digits, decide) {
  const note = find("note")?.value ?? "";
  const own = item.class_ids[0];
  const pictures = comparing ? [comparing.picture(comparing.first), comparing.picture(comparing.other)]
    : item.pictures.slice(0, 1);
  const choose = (id) => {
    backToStage();
    if (id === own) decide({decision: "keep"}, "kept");
    else decide({decision: "relabel", label: id}, `moved to ${nameOf(id)}`);
  };
  find("panel").replaceChildren(...[
    showDecided(item, nameOf), showReasons(item),
    comparing ? showMeasured(item, comparing.other) : showExamples(item, nameOf),
    comparing ? null : classBox({order: item.likeliest, classes, digits, own, choose, leave: backToStage}),
    showSources(pictures), noteBox(backToStage),
  ].filter(Boolean));
  find("note").value = note;
  find("panel").scrollTop = 0;
}
