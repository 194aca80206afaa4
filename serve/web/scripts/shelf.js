// The pages of what was looked at before: all of it on a shelf, and one of it as it was answered then.

import { answerPage } from "./answer.js";
import { make, sign } from "./dom.js";
import { moment } from "./format.js";
import { notify } from "./notice.js";
import { findPast, forgetAll, forgetPast, keepPast, listPast } from "./past.js";
import { say, sayCount } from "./words.js";

const nameOf = ({ answer, correct }) => correct?.name ?? (answer.known ? answer.predictions[0].name : say("unknown"));

/** Return a link with an entry's thumbnail and name. */
export function pastLink(entry) {
  const picture = entry.thumbnail
    ? make("img", { src: URL.createObjectURL(entry.thumbnail), alt: "", loading: "lazy" })
    : make("span", { class: "blank" }, sign("photo"));
  return make(
    "a",
    { class: "past", href: `#past/${entry.id}` },
    picture,
    make("span", {}, nameOf(entry)),
    make("small", {}, moment(entry.at)),
  );
}

/** Return the shelf. */
export async function shelfPage() {
  const page = make("article", { class: "shelf" });
  await fill(page);
  return page;
}

async function fill(page) {
  const entries = await listPast();
  const items = entries.map((entry) =>
    make(
      "li",
      {},
      pastLink(entry),
      make(
        "button",
        {
          "class": "plain",
          "type": "button",
          "aria-label": say("past.forget", { name: nameOf(entry), at: moment(entry.at) }),
          "on": { click: () => forget(page, entry) },
        },
        sign("bin"),
      ),
    ),
  );
  page.replaceChildren(
    make("h1", { tabindex: -1 }, say("past")),
    make("p", { class: "quiet" }, entries.length ? say("past.where") : say("past.none")),
    entries.length
      ? make("ul", { class: "pasts" }, items)
      : make("p", { class: "actions" }, make("a", { class: "button main", href: "#" }, say("another"))),
    entries.length
      ? make(
          "p",
          { class: "actions" },
          make(
            "button",
            { type: "button", on: { click: () => confirmAll(page, entries.length) } },
            say("past.forget.all"),
          ),
        )
      : "",
  );
}

async function forget(page, entry) {
  await forgetPast(entry.id);
  await fill(page);
  page.querySelector("h1").focus();
  notify(say("past.forgotten"), {
    label: say("undo"),
    run: async () => {
      await keepPast(entry);
      await fill(page);
    },
  });
}

function confirmAll(page, count) {
  const dialog = make(
    "dialog",
    { "aria-labelledby": "confirm-title" },
    make(
      "form",
      { method: "dialog" },
      make("h2", { id: "confirm-title" }, sayCount("past.confirm", count)),
      make(
        "p",
        { class: "actions" },
        make("button", { class: "main", value: "yes" }, say("past.forget.all")),
        make("button", { value: "no" }, say("cancel")),
      ),
    ),
  );
  dialog.addEventListener("close", async () => {
    dialog.remove();
    if (dialog.returnValue !== "yes") return;
    await forgetAll();
    await fill(page);
    page.querySelector("h1").focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** Return the page of one past answer, or the shelf where it is no longer there. */
export async function pastPage(id) {
  const entry = await findPast(id);
  if (!entry) return shelfPage();
  const sight = { ...entry, address: entry.thumbnail && URL.createObjectURL(entry.thumbnail), upload: null };
  const changed = () => keepPast({ ...entry, correct: sight.correct });
  return answerPage(sight, { changed });
}
