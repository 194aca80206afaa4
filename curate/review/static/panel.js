// Beside the picture: why it was asked, what its classes look like, where it comes from, what was decided.

import {link, make} from "./dom.js";
import {thumbUrl} from "./preload.js";
import {flagWords, number, size} from "./words.js";

export function showReasons(item) {
  return make("section", {class: "reasons"}, make("h3", {}, "Why it is asked"),
    make("ul", {}, item.reasons.map((reason) => make("li", {data: {action: reason.action}},
      make("b", {}, flagWords(reason.flag)), make("p", {}, reason.words),
      reason.score !== null && reason.threshold !== null && !/\d/.test(reason.words)
        ? make("p", {class: "numbers"}, `${number(reason.score)} against a threshold of ${number(reason.threshold)}`) : null,
      reason.action === "drop" ? make("p", {class: "numbers"}, "dropped unless it is kept here") : null))));
}

export function showExamples(item, nameOf) {
  return make("section", {class: "examples"}, Object.entries(item.examples).map(([id, found]) => {
    const suggested = item.suggested?.class_id === id && !item.class_ids.includes(id);
    return make("div", {},
      make("h3", {}, nameOf(id), " ", make("small", {}, suggested
        ? `its features say so: ${Math.round(100 * item.suggested.probability)} %`
        : item.class_ids.length > 1 ? "found under this" : "as found")),
      found.length ? make("ul", {class: "thumbs"}, found.map(({sha256, doubtful}, n) => make("li", {},
        make("img", {src: thumbUrl(sha256), alt: `${nameOf(id)}, example ${n + 1}${doubtful ? ", doubtful itself" : ""}`,
          title: doubtful ? "its label is doubtful itself" : "", data: {doubtful}}))))
        : make("p", {class: "none"}, "no other picture of this class yet"));
  }));
}

export function showMeasured(item, other) {
  const words = item.measured?.[other];
  return words ? make("section", {class: "measured"}, make("h3", {}, "What was measured"),
    make("ul", {}, words.map((word) => make("li", {}, word)))) : null;
}

export function showSources(pictures) {
  return make("section", {class: "sources"}, make("h3", {}, pictures.length > 1 ? "Sources" : "Source"),
    pictures.map((picture) => make("div", {}, picture.sources.length ? picture.sources.map(showSource)
      : make("p", {}, "unknown"), make("p", {class: "numbers"}, size(picture)))));
}

function showSource(source) {
  return make("p", {}, link(source.title || source.page_url || source.url || "untitled", source.page_url || source.url),
    make("br"), source.author ? `by ${source.author}, ` : "author unknown, ",
    source.license ? link(source.license, source.license_url) : "licence unknown",
    make("br"), make("small", {}, `${source.source}: “${source.query}”`));
}

export function showDecided(item, nameOf) {
  if (!item.decided.length) return null;
  return make("section", {class: "decided"}, make("h3", {}, "Decided"),
    make("ul", {}, item.decided.map((row) => make("li", {data: {decision: row.decision}},
      make("b", {}, row.reviewer), `: ${row.decision}`, row.label ? ` to ${nameOf(row.label)}` : "",
      make("small", {}, ` ${new Date(row.at).toLocaleString()}`), row.note ? make("p", {}, row.note) : null))));
}

export function noteBox(leave) {
  return make("div", {class: "note"}, make("label", {for: "note"}, make("kbd", {"aria-hidden": "true"}, "N"), " Note"),
    make("input", {id: "note", type: "text", maxlength: 1000, autocomplete: "off", placeholder: "goes with the decision",
      onkeydown: (event) => {
        if (event.key === "Enter" || event.key === "Escape") {
          event.preventDefault();
          leave();
        }
      }}));
}
