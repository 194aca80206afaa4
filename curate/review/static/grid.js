// A screenful of one flag and class: mark the exceptions, decide all at once.

import {make} from "./dom.js";
import {thumbUrl} from "./preload.js";
import {flagWords, number, several} from "./words.js";

const TILE = {wide: 210, narrow: 112}; // px, the least width of a tile
const OPPOSITE = {keep: "drop", drop: "keep", same: "different", different: "same"};

const BELOW = 130; // px, the decisions below the stage on a phone, where the stage grows with what it holds

// How many tiles the stage has room for, and in how many columns.
export function room(stage) {
  const box = stage.getBoundingClientRect();
  const narrow = box.width < 700;
  const columns = Math.max(2, Math.floor(box.width / (narrow ? TILE.narrow : TILE.wide)));
  const height = narrow ? window.innerHeight - box.top - window.scrollY - BELOW : box.height;
  const tile = box.width / columns * 0.75 + (narrow ? 6 : 34); // its picture is 4 to 3, its label a line
  const rows = Math.max(2, Math.floor(height / tile));
  return {columns, count: columns * rows};
}

export class Grid {
  constructor(screenful, columns) {
    this.items = screenful.items;
    this.flag = screenful.flag;
    this.class_id = screenful.class_id;
    this.left = screenful.batch_left;
    this.proposal = screenful.proposal;
    this.columns = columns;
    this.marked = new Set();
    this.at = 0;
    this.pairs = this.items[0]?.kind === "compare";
  }

  get choices() {
    return this.pairs ? ["same", "different"] : ["keep", "drop"];
  }

  // The marked groups of more than two pictures: which of them differ is not said here, so each waits for a look.
  get waiting() {
    return this.items.filter((item) => this.pairs && item.pictures.length > 2 && this.marked.has(item.id))
      .map((item) => item.id);
  }

  // The answers to the whole screenful: `decision` for the unmarked, its opposite for the marked.
  answers(decision) {
    return this.items.filter((item) => !this.waiting.includes(item.id)).map((item) => ({
      item: item.id, flag: this.flag, decision: this.marked.has(item.id) ? OPPOSITE[decision] : decision,
    }));
  }

  toggle(place = this.at) {
    const {id} = this.items[place];
    if (!this.marked.delete(id)) this.marked.add(id);
    this.at = place;
    this.paint();
  }

  move(by) {
    this.at = Math.min(Math.max(this.at + by, 0), this.items.length - 1);
    this.paint();
    this.tiles[this.at].focus();
  }

  // Marks are shown without building the tiles anew, so that focus stays where it is.
  paint() {
    this.tiles.forEach((tile, n) => {
      tile.setAttribute("aria-pressed", this.marked.has(this.items[n].id));
      tile.tabIndex = n === this.at ? 0 : -1;
    });
    this.onPaint?.();
  }
}

export function showGrid(grid, nameOf, decide) {
  const words = (decision) => {
    const waiting = grid.waiting.length;
    const turned = grid.marked.size - waiting;
    return [`${decision} ${grid.items.length - grid.marked.size}`, turned ? `${OPPOSITE[decision]} ${turned}` : null,
      waiting ? `later ${waiting}` : null].filter(Boolean).join(", ");
  };
  grid.tiles = grid.items.map((item, n) => make("button", {
    type: "button", class: "tile", "aria-pressed": "false", tabindex: n ? -1 : 0, data: {id: item.id},
    "aria-label": `${n + 1} of ${grid.items.length}: ${label(item, grid.flag)}`,
    onclick: () => grid.toggle(n), onfocus: () => { grid.at = n; },
  }, make("span", {class: "pictures"}, item.pictures.slice(0, item.kind === "compare" ? 4 : 1).map((picture) =>
    make("img", {src: thumbUrl(picture.sha256), alt: ""}))), make("span", {class: "tile-label"}, label(item, grid.flag))));
  const keys = {keep: "k", drop: "x", same: "s", different: "d"};
  return {
    question: [make("b", {}, flagWords(grid.flag)), " in ", make("b", {}, nameOf(grid.class_id)),
      make("small", {}, ` the surest first, ${several(grid.left, grid.pairs ? "group" : "picture")} of this kind left; `
        + "mark the exceptions")],
    stage: [make("div", {class: "grid", data: {columns: grid.columns}}, grid.tiles)],
    actions: () => grid.choices.map((decision) => ({
      key: keys[decision], words: words(decision), style: decision === "keep" || decision === "same" ? "keep" : "drop",
      proposed: decision === grid.proposal, run: () => decide(decision),
    })),
  };
}

function label(item, flag) {
  const reason = item.reasons.find((row) => row.flag === flag) ?? item.reasons[0];
  if (item.kind === "compare") {
    const measured = item.measured?.[item.pictures[1].sha256] ?? [];
    const left = measured.find((word) => word.includes("differ once aligned"))?.split(" ")[0];
    return item.pictures.length > 2 ? `${item.pictures.length} pictures` : left ? `${left} differs` : "2 pictures";
  }
  return reason.score === null ? flagWords(reason.flag) : `${flagWords(reason.flag)} ${number(reason.score)}`;
}
