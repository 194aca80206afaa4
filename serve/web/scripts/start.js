// The first page: take a photo, choose one, drop one or paste one.

import { make, sign } from "./dom.js";
import { listPast } from "./past.js";
import { pastLink } from "./shelf.js";
import { say } from "./words.js";

const RECENT = 4;

/** Return the page; `look` is called with the file. */
export function startPage(look) {
  const take = picker("take", { accept: "image/*", capture: "environment" }, "camera", "main take", look);
  const choose = picker("choose", { accept: "image/*,.heic,.heif" }, "photo", "choose", look);
  const recent = make("section", { class: "recent", hidden: true });
  listPast().then(
    (entries) => {
      if (!entries.length) return;
      recent.append(
        make("h2", {}, say("recent")),
        make(
          "ul",
          { class: "pasts" },
          entries.slice(0, RECENT).map((entry) => make("li", {}, pastLink(entry))),
        ),
      );
      recent.hidden = false;
    },
    () => {},
  ); // no storage here: no history
  return make(
    "article",
    { class: "start" },
    make(
      "div",
      { class: "welcome" },
      make("h1", { tabindex: -1 }, say("start.title")),
      make("p", { class: "lead" }, say("start.lead")),
      make("div", { class: "pickers" }, take, choose),
      make("p", { class: "quiet drop-hint" }, say("start.drop")),
    ),
    make("div", { "class": "finder", "aria-hidden": "true" }, sign("car")),
    recent,
  );
}

function picker(name, attributes, drawing, looks, look) {
  const input = make("input", { type: "file", id: name, class: "unseen", ...attributes });
  input.addEventListener("change", () => input.files[0] && look(input.files[0]));
  return make(
    "span",
    { class: "picker" },
    input,
    make("label", { class: `button ${looks}`, for: name }, sign(drawing), say(`start.${name}`)),
  );
}

/** Let a picture be dropped or pasted anywhere on the page. */
export function acceptDrops(look) {
  const inside = document.documentElement.classList;
  const picture = (transfer) => [...(transfer?.files ?? [])][0];
  addEventListener("dragover", (event) => {
    event.preventDefault();
    inside.add("dragging");
  });
  addEventListener("dragleave", (event) => !event.relatedTarget && inside.remove("dragging"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    inside.remove("dragging");
    const file = picture(event.dataTransfer);
    if (file) look(file);
  });
  addEventListener("paste", (event) => {
    const file = picture(event.clipboardData);
    if (file) look(file);
  });
}
