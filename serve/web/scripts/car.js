// The page of one class, without a photo: where an alternative, a successor or a shared address leads.

import { make, sign } from "./dom.js";
import { gallery } from "./examples.js";
import { factsSection } from "./facts.js";
import { fetchClasses } from "./server.js";
import { shareCar } from "./share.js";
import { Trouble } from "./trouble.js";
import { say } from "./words.js";

/** Return the page of the class, once its name is known. */
export async function carPage(classId) {
  let car;
  try {
    car = (await fetchClasses()).find((one) => one.class_id === classId);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return nothing(say(`problem.${error.reason}.title`), say(`problem.${error.reason}`));
  }
  if (!car) return nothing(say("car.missing"), say("car.missing.more"));
  return make(
    "article",
    { class: "car" },
    make("h1", { tabindex: -1 }, car.name),
    make(
      "div",
      { class: "actions" },
      make(
        "button",
        { type: "button", on: { click: () => shareCar(classId, car.name) } },
        sign("share"),
        say("share"),
      ),
      make("a", { class: "button", href: "#" }, sign("camera"), say("another")),
    ),
    car.examples?.length ? gallery(car) : null,
    factsSection(classId),
  );
}

function nothing(title, text) {
  return make(
    "article",
    { class: "car" },
    make("h1", { tabindex: -1 }, title),
    make("p", { class: "lead" }, text),
    make("p", { class: "actions" }, make("a", { class: "button main", href: "#" }, say("another"))),
  );
}
