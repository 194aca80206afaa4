// Example pictures of a class, each with its credit.

import { make, outward } from "./dom.js";
import { at } from "./server.js";
import { say } from "./words.js";

/** Return a figure of one example; `name` is the class's. */
export function example(picture, name) {
  const image = make("img", {
    src: at(picture.url),
    alt: say("example", { name }),
    loading: "lazy",
    decoding: "async",
    width: 320,
    height: 240,
  });
  return make("figure", { class: "example" }, image, make("figcaption", {}, ...credit(picture)));
}

function credit({ author, license, license_url: terms, page_url: page }) {
  const parts = [outward(page, author || say("source"))];
  if (license) parts.push(" · ", outward(terms, license));
  return parts;
}

/** Return the section with a class's examples, to compare with the car on the street. */
export function gallery({ name, examples }) {
  return make(
    "section",
    { class: "gallery" },
    make("h2", {}, say("compare")),
    make(
      "ul",
      { "class": "examples", "tabindex": 0, "aria-label": say("compare") },
      examples.slice(0, 4).map((picture) => make("li", {}, example(picture, name))),
    ),
  );
}
