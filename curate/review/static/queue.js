// The queue as this tab knows it: which items, where we are, what is settled and what was seen.

const SEEN = "seen-items";

export class Queue {
  constructor() {
    this.ids = [];
    this.at = -1;
    this.settled = new Map(); // id → word for what was decided
    this.visited = new Set(JSON.parse(sessionStorage.getItem(SEEN) || "[]"));
  }

  fill(entries) {
    this.ids = entries.map(([id]) => id);
    this.facts = new Map(entries.map(([id, kind, chance]) => [id, {kind, chance}]));
    this.settled = new Map();
    this.at = this.ids.length ? 0 : -1;
  }

  get current() {
    return this.ids[this.at] ?? null;
  }

  // What is open: how many questions of each kind, and how many answers are expected to change the data set.
  get left() {
    const left = {count: 0, kinds: {}, changes: 0};
    for (const id of this.ids) {
      if (this.settled.has(id)) continue;
      const {kind, chance} = this.facts.get(id) ?? {kind: "picture", chance: 0};
      left.count += 1;
      left.kinds[kind] = (left.kinds[kind] ?? 0) + 1;
      left.changes += chance;
    }
    return left;
  }

  isSeen(id) {
    return this.visited.has(id);
  }

  see(id) {
    this.visited.add(id);
    sessionStorage.setItem(SEEN, JSON.stringify([...this.visited].slice(-5000)));
  }

  settle(id, word) {
    this.settled.set(id, word);
  }

  reopen(id) {
    this.settled.delete(id);
  }

  // Arrows: one step, whatever was decided; they stop at both ends.
  step(by) {
    const next = this.at + by;
    if (next < 0 || next >= this.ids.length) return false;
    this.at = next;
    return true;
  }

  // After a decision: the next open item, those that were passed over last.
  nextOpen() {
    const order = [...this.ids.keys()].slice(this.at + 1).concat([...this.ids.keys()].slice(0, this.at + 1));
    const place = order.find((n) => !this.settled.has(this.ids[n]));
    this.at = place ?? this.ids.length; // behind the last: the arrow back leads to it
  }

  // Goes to an item, which is put in here if this queue does not have it (an undo from before).
  goTo(id) {
    const place = this.ids.indexOf(id);
    if (place >= 0) {
      this.at = place;
    } else {
      this.at = Math.min(Math.max(this.at, 0), this.ids.length);
      this.ids.splice(this.at, 0, id);
    }
  }

  remove(id) {
    this.ids = this.ids.filter((other) => other !== id);
  }

  // The open items that will be shown next.
  upcoming(count) {
    const found = [];
    for (let n = this.at + 1; n < this.ids.length && found.length < count; n += 1) {
      if (!this.settled.has(this.ids[n])) found.push(this.ids[n]);
    }
    return found;
  }
}
