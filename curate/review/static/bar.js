// The bar at the top: which queue, how far, how long it still takes.

import {find, make} from "./dom.js";
import {flagWords, minutes, several} from "./words.js";

// Minutes from and to that the questions of each kind take; the uncertainties of the kinds add up as squares.
export function minutesLeft(kinds, pace) {
  let [mean, below, above] = [0, 0, 0];
  for (const [kind, count] of Object.entries(kinds)) {
    const {seconds, low, high} = pace[kind];
    mean += count * seconds;
    below += (count * (seconds - low)) ** 2;
    above += (count * (high - seconds)) ** 2;
  }
  return [(mean - Math.sqrt(below)) / 60, (mean + Math.sqrt(above)) / 60];
}

const QUEUES = [["open", "to decide"], ["second", "second opinion"], ["disagreements", "disagreements"]];

export class Bar {
  constructor(session, change) {
    this.session = session;
    for (const id of ["who", "flag", "class"]) {
      find(id).addEventListener("change", () => {
        session.filters[id] = find(id).value;
        find(id).blur();
        change();
      });
    }
  }

  // Fills the choices with their counts in the queue.
  fill(counts, reviewers, nameOf) {
    const {filters} = this.session;
    const queues = [...QUEUES, ...reviewers.map((name) => [`by:${name}`, `decided by ${name}`])];
    this.choices("who", queues.map(([value, words]) => [value, words]), filters.who);
    const sorted = (values, words) => Object.entries(values).map(([id, count]) => [id, words(id), count])
      .sort((a, b) => a[1].localeCompare(b[1]));
    this.choices("flag", [["", "every flag"], ...sorted(counts.flags, flagWords)], filters.flag);
    this.choices("class", [["", "every class"], ...sorted(counts.classes, nameOf)], filters.class);
  }

  choices(id, rows, chosen) {
    if (chosen && !rows.some(([value]) => value === chosen)) rows.push([chosen, chosen.replace(/^by:/, "decided by "), 0]);
    find(id).replaceChildren(...rows.map(([value, words, count]) =>
      make("option", {value, selected: value === chosen}, count === undefined ? words : `${words} (${count})`)));
    find(id).value = chosen;
  }

  showReviewer() {
    const button = find("reviewer");
    button.replaceChildren(make("span", {class: "unseen"}, "Reviewer: "), this.session.reviewer);
  }

  // What is done and left of this queue; `place` is where we are in it, if anywhere.
  showProgress(left, place) {
    const {done, pace} = this.session;
    const bar = find("progress-bar");
    bar.max = Math.max(1, done + left.count);
    bar.value = done;
    const words = [make("span", {}, several(left.count, "question"), " left")];
    if (left.count) {
      const guessed = Object.keys(left.kinds).some((kind) => pace[kind].guessed);
      words.push(make("span", {}, minutes(minutesLeft(left.kinds, pace)),
        make("small", {}, guessed ? " (a guess: your pace is not known yet)" : " at your pace")));
      words.push(make("span", {class: "changes"}, `about ${Math.round(left.changes)} would change the data set`));
    }
    find("progress-text").replaceChildren(place ? make("b", {}, `${place[0]} of ${place[1]}`) : "", ...words);
  }
}
