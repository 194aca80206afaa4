// The cheat sheet, the agreement of reviewers, and who reviews.

import {find, key, make} from "./dom.js";
import {flagWords} from "./words.js";

const SHEET = [
  ["One picture", [["K", "keep it in its class"], ["X", "drop it"], ["1 … 4", "it is the likeliest other class"],
    ["L", "type another class, Enter takes it"]]],
  ["Pictures that may be one photograph", [["S", "the same photograph"], ["D", "different ones"],
    ["⇧S", "the whole group is the same"], ["⇧D", "none of the group is"], ["K", "keep the other file of the two"],
    ["X", "drop all of them"], ["B", "blink in one place"], ["Space", "blink by hand"], ["F", "difference"],
    ["W", "swap sides"]]],
  ["Grid", [["G", "grid and back"], ["← ↑ → ↓", "move"], ["Space", "mark an exception"],
    ["K", "keep all, drop the marked"], ["X", "drop all, keep the marked"], ["S D", "the same for pairs; marked groups wait"]]],
  ["Always", [["U", "undo, as often as you like"], ["R", "repeat the last decision here"],
    ["← →", "move without deciding"], ["N", "note for the next decision"], ["A", "agreement of reviewers"],
    ["?", "this sheet"], ["Esc", "close, leave a field"]]],
];

// The heading takes the focus, so that a long sheet opens at its top.
const heading = (id, words) => make("h2", {id, tabindex: "-1", autofocus: true}, words);

function close(dialog) {
  return make("button", {type: "button", class: "close", onclick: () => dialog.close()}, "Close ", key("Esc"));
}

export function openHelp() {
  const dialog = find("help");
  dialog.replaceChildren(heading("help-title", "Keys"),
    make("p", {}, "One key decides and moves on. Arrows never decide. Every decision is on disk before the page moves on."),
    make("div", {class: "sheet"}, SHEET.map(([title, rows]) => make("section", {}, make("h3", {}, title),
      make("dl", {}, rows.map(([keys, words]) => make("div", {},
        make("dt", {}, keys.split(" ").map((name) => name === "…" ? " … " : make("kbd", {}, name))),
        make("dd", {}, words))))))),
    close(dialog));
  dialog.showModal();
}

export function openAgreement(rows) {
  const dialog = find("agreement");
  const show = (value) => value === null ? "–" : value.toFixed(2);
  dialog.replaceChildren(heading("agreement-title", "Agreement of reviewers"),
    rows.length ? make("table", {},
      make("thead", {}, make("tr", {}, ["Flag", "Reviewers", "Both decided", "Equal", "Cohen’s κ"]
        .map((title) => make("th", {scope: "col"}, title)))),
      make("tbody", {}, rows.map((row) => make("tr", {},
        make("th", {scope: "row"}, flagWords(row.flag)), make("td", {}, row.reviewers.join(" and ")),
        make("td", {}, String(row.count)), make("td", {}, `${Math.round(100 * row.observed)} %`),
        make("td", {}, show(row.kappa))))))
      : make("p", {}, "No two reviewers have decided the same picture yet. Choose the queue “second opinion”."),
    make("p", {class: "hint"}, "κ is 1 for full agreement and 0 for what chance would give; – where both always said "
      + "one and the same. Decisions made with the other’s in view do not count."),
    close(dialog));
  dialog.showModal();
}

// Asks who reviews; resolves with the name, or null if it stays.
export function askName(name, known) {
  const dialog = find("name");
  return new Promise((done) => {
    const input = make("input", {id: "name-input", name: "reviewer", value: name, maxlength: 64, autocomplete: "off",
      list: "known-names", required: true, pattern: "[\\p{L}\\p{N}_][\\p{L}\\p{N}_ .'@\\-]*"});
    let chosen = null;
    const take = () => {
      if (!input.reportValidity()) return;
      chosen = input.value.trim().replace(/\s+/g, " ");
      dialog.close();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); take(); }
    });
    dialog.replaceChildren(make("h2", {id: "name-title"}, "Who reviews?"),
      make("p", {}, "Every decision is written under this name."),
      make("label", {for: "name-input"}, "Name"), input,
      make("datalist", {id: "known-names"}, known.map((value) => make("option", {value}))),
      make("div", {class: "row"}, make("button", {type: "button", class: "primary", onclick: take}, "Review as this one"),
        close(dialog)));
    dialog.addEventListener("close", () => done(chosen), {once: true});
    dialog.showModal();
    input.select();
  });
}
