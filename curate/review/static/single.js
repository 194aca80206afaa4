// One picture large: does it belong to its class? Or one photograph found under several classes: which is right?

import {make} from "./dom.js";
import {screenUrl} from "./preload.js";
import {askWhy} from "./server.js";

const DIGITS = 4;
const ABOUT_LABEL = new Set(["label_suspect", "label_conflict", "outlier"]);

export const isAboutLabel = (item) => item.flags.some((flag) => ABOUT_LABEL.has(flag));

const MOST_ENLARGED = 2; // times; more would only blur

// Returns a figure as large as there is room; a picture that cannot be shown leaves the reason in its place.
export function figure(preloader, url, picture, alt, ...caption) {
  const element = make("figure", {}, caption.length ? make("figcaption", {}, ...caption) : null);
  element.style.setProperty("--ratio", picture.width / picture.height);
  element.style.setProperty("--most", `${MOST_ENLARGED * picture.width}px`);
  element.prepend(showImage(preloader, url, alt));
  return element;
}

function showImage(preloader, url, alt) {
  const image = preloader.image(url);
  image.alt = alt;
  image.ready.then(async (shown) => {
    if (shown || !image.isConnected) return;
    const why = await askWhy(url, () => image.isConnected);
    if (!image.isConnected) return;
    image.replaceWith(why === null ? showImage(preloader, url, alt)
      : make("p", {class: "broken"}, "This picture cannot be shown: ", why));
  });
  return image;
}

export function showSingle(ctx) {
  const {item, nameOf} = ctx;
  const conflict = item.kind === "conflict";
  const own = item.class_ids[0];
  const picture = item.pictures[0];
  const others = conflict ? item.class_ids : item.likeliest.filter((id) => id !== own).slice(0, DIGITS);
  const move = (id) => () => ctx.decide({decision: "relabel", label: id}, `moved to ${nameOf(id)}`);
  const digits = others.map((id, n) => ({
    key: String(n + 1), words: nameOf(id), style: conflict ? "keep" : "class", run: id === own ? keep : move(id),
  }));
  function keep() {
    ctx.decide({decision: "keep"}, conflict ? `kept as ${nameOf(own)}` : "kept");
  }
  const alt = `The picture in question, found under ${item.class_ids.map(nameOf).join(" and ")}`;
  return {
    question: conflict ? "Found under several classes: which is it?"
      : [isAboutLabel(item) ? "Does it show the " : "A good picture of the ", make("b", {}, nameOf(own)), "?"],
    stage: [figure(ctx.preloader, screenUrl(picture.sha256), picture, alt)],
    actions: [
      {key: "k", words: "Keep", style: "keep", run: keep, silent: conflict}, // there it is what 1 does
      ...(conflict ? digits : []),
      {key: "x", words: conflict ? "Drop, none of them" : "Drop", style: "drop",
        run: () => ctx.decide({decision: "drop"}, "dropped")},
      {key: "l", words: "Other class…", style: "class", run: () => ctx.focusClasses()},
      ...(conflict ? [] : digits),
    ],
    digits: Object.fromEntries(others.map((id, n) => [id, String(n + 1)])),
  };
}
