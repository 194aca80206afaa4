// "That's not it": the reader says which class it is, and whether the photo may be kept.

import { make, sign } from "./dom.js";
import { announce } from "./notice.js";
import { fetchClasses, sendFeedback } from "./server.js";
import { Trouble } from "./trouble.js";
import { say, sayCount } from "./words.js";

export const NONE = "none"; // as the service calls "none of these"

const plain = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
const wordsOf = (text) =>
  plain(text)
    .split(/[\s-]+/)
    .filter(Boolean);

/**
 * Return those of `choices` ({id, name}; all but "none") that `typed` fits, names that begin with it first.
 *
 * It fits where each of its words begins a word of the name, in their order: "c coupe" fits C-Class Coupe.
 */
export function rank(typed, choices) {
  const wanted = wordsOf(typed);
  const fits = ({ name }) => {
    let from = 0;
    const own = wordsOf(name);
    return wanted.every((word) => {
      const place = own.findIndex((other, index) => index >= from && other.startsWith(word));
      from = place + 1;
      return place >= 0;
    });
  };
  const begins = ({ name }) => (wordsOf(name).join(" ").startsWith(wanted.join(" ")) ? 0 : 1);
  return choices.filter((choice) => choice.id !== NONE && fits(choice)).sort((a, b) => begins(a) - begins(b));
}

/**
 * Ask in a dialog. Resolves to {class_id, name, kept} that the reader chose, after the service took it (class_id:
 * `none` for none of these; kept: whether it kept the photo), or to null where they closed the dialog.
 *
 * `answer`: the one that is wrong. `upload`: the photo that may go along, null where it is no longer there.
 */
export function askForCorrection({ answer, upload }) {
  const dialog = make("dialog", { "class": "correction", "aria-labelledby": "correction-title" });
  const found = make("p", { class: "unseen", role: "status" });
  const search = make("input", {
    "type": "search",
    "id": "correction-search",
    "autocomplete": "off",
    "enterkeyhint": "done",
    "placeholder": say("correct.example"),
    "aria-controls": "correction-list",
  });
  const list = make(
    "div",
    { "class": "answers", "id": "correction-list", "role": "radiogroup", "aria-label": say("correct.which") },
    make("p", { class: "quiet" }, say("loading")),
  );
  const consent = make("input", { type: "checkbox", id: "correction-consent" });
  const trouble = make("p", { class: "wrong", role: "alert", hidden: true });
  const send = make("button", { class: "main", type: "submit" }, say("correct.send"));
  const form = make(
    "form",
    { method: "dialog", novalidate: true },
    make(
      "header",
      {},
      make("h2", { id: "correction-title" }, say("correct.title")),
      make(
        "button",
        { "class": "plain", "type": "button", "aria-label": say("close"), "on": { click: () => dialog.close() } },
        sign("close"),
      ),
    ),
    make("label", { for: "correction-search" }, say("correct.which")),
    search,
    found,
    list,
    upload
      ? make(
          "label",
          { class: "consent", for: "correction-consent" },
          consent,
          make("span", {}, make("b", {}, say("consent")), make("small", {}, say("consent.more"))),
        )
      : null,
    trouble,
    send,
  );
  dialog.append(form);

  let choices = [];
  const radios = () => [...list.querySelectorAll("input")];
  const complain = (text) => {
    trouble.textContent = text;
    trouble.hidden = false;
  };

  function filter() {
    if (!choices.length) return; // still loading: filtered once they are there
    const fitting = rank(search.value, choices);
    for (const { id, row } of choices) {
      row.hidden = id !== NONE && !fitting.some((choice) => choice.id === id);
      if (row.hidden) row.querySelector("input").checked = false;
    }
    list.append(...fitting.map(({ row }) => row), choices.at(-1).row);
    found.textContent = sayCount("correct.found", fitting.length);
  }

  function fill(classes) {
    const first = answer.predictions.map((p) => p.class_id).slice(1); // the likeliest other answers lead
    const place = (one) => (first.includes(one.class_id) ? first.indexOf(one.class_id) : first.length);
    const rest = classes
      .filter((one) => !answer.known || one.class_id !== answer.predictions[0].class_id)
      .sort((a, b) => place(a) - place(b));
    choices = [...rest, { class_id: NONE, name: say("correct.none") }].map(({ class_id: id, name }) => ({
      row: make(
        "label",
        { class: id === NONE ? "none" : null },
        make("input", { type: "radio", name: "correct", value: id }),
        make("span", {}, name),
      ),
      id,
      name,
    }));
    list.replaceChildren(...choices.map(({ row }) => row));
    filter();
  }

  return new Promise((resolve) => {
    let result = null;
    search.addEventListener("input", filter);
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // the first that fits, ready to be sent
      const fitting = radios().find((radio) => !radio.closest("[hidden]"));
      if (fitting) {
        fitting.checked = true;
        fitting.focus();
      }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const picked = choices.find(({ id }) => id === radios().find((radio) => radio.checked)?.value);
      if (!picked) {
        complain(say("correct.choose"));
        search.focus();
        return;
      }
      send.disabled = true;
      try {
        const feedback = { predicted: answer.predictions[0].class_id, correct: picked.id, consent: consent.checked };
        const { kept } = await sendFeedback(feedback, consent.checked ? upload : null);
        result = { class_id: picked.id, name: picked.name, kept };
        dialog.close();
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        complain(say(`problem.${error.reason}`));
      } finally {
        send.disabled = false;
      }
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (result) announce(say("correct.thanks"));
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
    search.focus();
    fetchClasses().then(fill, () => list.replaceChildren(make("p", { class: "quiet" }, say("correct.away"))));
  });
}
