// The page of one photo: the photo at once, then what it shows, or what went wrong.

import { askForCorrection, NONE } from "./correction.js";
import { make, sign } from "./dom.js";
import { example, gallery } from "./examples.js";
import { factsSection } from "./facts.js";
import { share } from "./format.js";
import { announce } from "./notice.js";
import { shareCar } from "./share.js";
import { say } from "./words.js";

/**
 * Return the page of `sight`: {address, answer, trouble, correct, upload, busy}.
 *
 * `busy` resolves when the sight has an answer or a trouble; absent where it has one already.
 * `again`: tries once more. `changed`: called when the reader corrected the answer.
 */
export function answerPage(sight, { again, changed }) {
  const title = make("h1", { tabindex: -1 });
  const before = make("p", { class: "eyebrow" });
  const body = make("div", { class: "answer-body" });
  const page = make(
    "article",
    { class: "answer" },
    photo(sight),
    make("div", { class: "answer-text" }, before, title, body),
  );

  function fill() {
    const parts = sight.trouble ? problem(sight, again) : sight.answer ? outcome(sight, fill, changed) : working();
    before.textContent = parts.before;
    title.textContent = parts.title;
    body.replaceChildren(...parts.body);
    page.classList.toggle("working", !sight.trouble && !sight.answer);
    announce(parts.spoken);
  }

  fill();
  sight.busy?.then(() => page.isConnected && fill());
  return page;
}

function photo({ address }) {
  const image = make("img", { src: address, alt: say("photo.yours") });
  const frame = make("figure", { class: "photo" }, image);
  const missing = () => image.replaceWith(make("p", {}, sign("photo"), say("photo.unshown")));
  image.addEventListener("error", missing);
  if (!address) missing();
  return frame;
}

const working = () => ({
  before: "",
  title: say("working"),
  spoken: say("working"),
  body: [make("p", { class: "quiet late" }, say("working.late"))],
});

function problem({ trouble }, again) {
  const hopeless = trouble.reason === "unreadable" || trouble.reason === "large";
  const text = say(`problem.${trouble.reason}`);
  const wait = trouble.seconds ? ` ${say("problem.wait", { seconds: trouble.seconds })}` : "";
  const button = hopeless
    ? make("a", { class: "button main", href: "#" }, say("another"))
    : make("button", { class: "main", type: "button", on: { click: again } }, say("again"));
  const title = say(`problem.${trouble.reason}.title`);
  return {
    before: "",
    title,
    spoken: `${title} ${text}`,
    body: [make("p", { class: "lead" }, text + wait), make("p", { class: "actions" }, button)],
  };
}

function outcome(sight, refill, changed) {
  const { answer } = sight;
  const [first, ...others] = answer.predictions;
  const correct = async () => {
    const said = await askForCorrection(sight);
    if (!said) return;
    sight.correct = said;
    changed();
    refill();
  };
  const body = [];
  if (answer.known) body.push(certainty(first.probability));
  else body.push(make("p", { class: "lead" }, say("unknown.more")));
  if (answer.model?.sandbox)
    body.push(make("p", { class: "invented" }, make("strong", {}, say("sandbox")), " ", say("sandbox.more")));
  if (sight.correct) body.push(thanks(sight.correct));
  body.push(
    make(
      "div",
      { class: "actions" },
      answer.known
        ? make(
            "button",
            { type: "button", on: { click: () => shareCar(first.class_id, first.name) } },
            sign("share"),
            say("share"),
          )
        : null,
      make(
        "button",
        { type: "button", on: { click: correct } },
        say(answer.known ? "correct.open" : "correct.open.unknown"),
      ),
      make("a", { class: "button", href: "#" }, sign("camera"), say("another")),
    ),
  );
  if (answer.known && first.examples?.length) body.push(gallery(first));
  const guesses = answer.known ? others.slice(0, 2) : answer.predictions;
  if (guesses.length) body.push(alternatives(guesses, say(answer.known ? "others" : "guesses"), answer.known));
  const shown = sight.correct ?? (answer.known ? first : null);
  if (shown && shown.class_id !== NONE)
    body.push(factsSection(shown.class_id, shown.class_id === answer.facts?.class_id ? answer.facts : null));
  return answer.known
    ? {
        before: say(first.probability >= 0.75 ? "known" : "known.perhaps"),
        title: first.name,
        spoken: say("known.spoken", { name: first.name, share: share(first.probability) }),
        body,
      }
    : { before: "", title: say("unknown"), spoken: say("unknown"), body };
}

function certainty(probability) {
  const bar = make("span", { "class": "bar", "aria-hidden": "true" }, make("span"));
  bar.firstChild.style.width = `${Math.round(probability * 100)}%`;
  return make("p", { class: "certainty" }, bar, make("span", {}, say("certainty", { share: share(probability) })));
}

function thanks({ class_id: id, name, kept }) {
  const said = id === NONE ? say("correct.said.none") : say("correct.said", { name });
  return make("p", { class: "thanks" }, sign("check"), kept ? `${said} ${say("correct.kept")}` : said);
}

function alternatives(guesses, title, large) {
  return make(
    "section",
    { class: large ? "others" : "others small" },
    make("h2", {}, title),
    make(
      "ul",
      {},
      guesses.map(({ class_id: id, name, probability, examples }) =>
        make(
          "li",
          {},
          examples?.length ? example(examples[0], name) : null,
          make("a", { href: `#car/${id}` }, name),
          make("span", { class: "quiet" }, share(probability)),
        ),
      ),
    ),
  );
}
