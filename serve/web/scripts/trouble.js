// What can go wrong, each with its own words (problem.<reason> in the dictionaries).

/**
 * Something that the reader is told in words.
 *
 * `reason`: large, unreadable, offline, away, slow, busy, hurried, or failed. `seconds`: how long to wait before
 * another try, where the server said so.
 */
export class Trouble extends Error {
  constructor(reason, seconds = null) {
    super(reason);
    this.reason = reason;
    this.seconds = seconds;
  }
}
