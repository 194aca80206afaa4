// What is remembered between visits: language and market. Without storage (private windows) nothing is, and all works.

const PREFIX = "whatbenz.";

export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Nothing to be done, and nothing lost but a convenience.
  }
}
