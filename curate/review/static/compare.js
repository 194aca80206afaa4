// Pictures that may be one photograph: side by side, blinking in one place, or their difference.

import {key, make} from "./dom.js";
import {alignedUrl, screenUrl, thumbUrl} from "./preload.js";
import {figure} from "./single.js";
import {size} from "./words.js";

const BLINK = 450; // milliseconds a picture
const WORDS = {same: "same photograph", different: "different", drop: "dropped"};

// What the reviewer chose on an item: kept while the tab goes back and forth.
export class Comparing {
  constructor(item, before = null) {
    this.item = item;
    this.first = item.pictures[0].sha256;
    this.keeper = before?.keeper ?? item.keeper;
    this.view = before?.view ?? "side";
    this.swapped = false;
    this.other = this.firstOpen() ?? item.pictures[1].sha256;
  }

  firstOpen() {
    const open = this.item.pictures.slice(1).find((picture) => !this.item.states[picture.sha256]);
    return open ? open.sha256 : null;
  }

  get open() {
    return this.item.pictures.slice(1).map((p) => p.sha256).filter((sha256) => !this.item.states[sha256]);
  }

  picture(sha256) {
    return this.item.pictures.find((picture) => picture.sha256 === sha256);
  }
}

let blinking = null;

export function stopBlinking() {
  clearInterval(blinking);
  blinking = null;
}

export function showCompare(ctx, comparing) {
  const {item} = ctx;
  const many = item.pictures.length > 2;
  stopBlinking();
  const sides = comparing.swapped ? [comparing.other, comparing.first] : [comparing.first, comparing.other];
  const turn = (name) => () => {
    comparing.view = comparing.view === name ? "side" : name;
    ctx.onLayOn();
    ctx.redraw(comparing.view === "side" ? "Side by side" : name === "blink" ? "Blinking" : "Difference");
  };
  const decide = (decision, others) => () => ctx.decide(
    {decision, others, keeper: decision === "same" && comparing.keeper !== item.keeper ? comparing.keeper : null},
    others.length > 1 ? `${others.length} pictures: ${WORDS[decision]}` : WORDS[decision]);
  const rest = comparing.open.length ? comparing.open : item.pictures.slice(1).map((p) => p.sha256);
  return {
    question: many ? ["Which of these ", make("b", {}, String(item.pictures.length)), " are one photograph?"]
      : "Are these one photograph?",
    stage: [
      comparing.view === "side" ? showSides(ctx, comparing, sides) : showStack(ctx, comparing, sides),
      many ? showStrip(ctx, comparing) : null,
    ],
    actions: [
      {key: "s", words: "Same", style: "keep", run: decide("same", [comparing.other])},
      {key: "d", words: "Different", style: "drop", run: decide("different", [comparing.other])},
      ...(many ? [
        {key: "Shift+S", words: `All ${rest.length} same`, style: "keep", run: decide("same", rest)},
        {key: "Shift+D", words: "None same", style: "drop", run: decide("different", rest)},
      ] : []),
      {key: "x", words: many ? `Drop all ${item.pictures.length}` : "Drop both", style: "drop",
        run: () => ctx.decide({decision: "drop"}, many ? "all dropped" : "both dropped")},
    ],
    tools: [
      {key: "k", words: "Keep the other", style: "tool", run: () => changeKeeper(ctx, comparing)},
      {key: "b", words: "Blink", style: "tool", pressed: comparing.view === "blink", run: turn("blink")},
      {key: "f", words: "Difference", style: "tool", pressed: comparing.view === "difference", run: turn("difference")},
      {key: "w", words: "Swap", style: "tool", pressed: comparing.swapped, run: () => {
        comparing.swapped = !comparing.swapped;
        ctx.redraw("Swapped");
      }},
    ],
    digits: {},
  };
}

function changeKeeper(ctx, comparing) {
  comparing.keeper = comparing.keeper === comparing.other ? comparing.first : comparing.other;
  ctx.redraw(comparing.keeper === comparing.first ? "The first picture is kept" : "The other picture is kept");
}

function caption(ctx, comparing, sha256) {
  const picture = comparing.picture(sha256);
  return [
    comparing.keeper === sha256 ? make("b", {class: "badge keeps"}, "kept") : make("span", {class: "badge"}, "yields"),
    ` ${ctx.nameOf(picture.class_id)}, ${size(picture)}`,
  ];
}

function showSides(ctx, comparing, sides) {
  return make("div", {class: "sides"}, sides.map((sha256) => {
    const alt = sha256 === comparing.first ? "The first picture" : "The picture held against it";
    const element = figure(ctx.preloader, screenUrl(sha256), comparing.picture(sha256), alt,
      ...caption(ctx, comparing, sha256));
    element.dataset.keeper = comparing.keeper === sha256;
    return element;
  }));
}

// Both pictures in one place, the second laid on the frame of the first.
function showStack(ctx, comparing, [below, above]) {
  const stack = make("div", {class: "stack", data: {view: comparing.view, shown: "below"}},
    figure(ctx.preloader, screenUrl(below), comparing.picture(below), "The first picture"),
    figure(ctx.preloader, alignedUrl(below, above), comparing.picture(below), "The other picture, laid on the first"));
  const label = make("p", {class: "stack-label"});
  const turn = () => {
    stack.dataset.shown = stack.dataset.shown === "below" ? "above" : "below";
    say();
  };
  const say = () => {
    if (comparing.view === "difference") label.textContent = "Black is equal; what is bright differs";
    else label.replaceChildren(stack.dataset.shown === "below" ? "first" : "second");
  };
  say();
  if (comparing.view === "blink" && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
    blinking = setInterval(turn, BLINK);
  }
  comparing.turn = comparing.view === "blink" ? () => { stopBlinking(); turn(); } : null;
  stack.addEventListener("click", () => comparing.turn?.());
  return make("div", {class: "stacked"}, stack, label,
    comparing.view === "blink" ? make("p", {class: "hint"}, make("span", {class: "by-key"}, key("Space"), " turns by hand"),
      make("span", {class: "by-touch"}, "a tap turns by hand")) : null);
}

function showStrip(ctx, comparing) {
  return make("ol", {class: "strip", "aria-label": "The group"}, comparing.item.pictures.map((picture, n) => {
    const state = n ? comparing.item.states[picture.sha256] : "first";
    const current = picture.sha256 === comparing.other;
    const words = [n ? state ? WORDS[state] : "open" : "compared with", comparing.keeper === picture.sha256 ? "kept" : null];
    return make("li", {}, make("button", {
      type: "button", data: {state: state || "open"}, disabled: n === 0, "aria-current": current ? "true" : null,
      "aria-label": `Picture ${n + 1}: ${words.filter(Boolean).join(", ")}`,
      onclick: () => {
        comparing.other = picture.sha256;
        ctx.redraw(`Picture ${n + 1}`);
      },
    }, make("img", {src: thumbUrl(picture.sha256), alt: ""}), make("span", {}, words.filter(Boolean).join(", "))));
  }));
}
