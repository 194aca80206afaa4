// Talking to the server. What it does not answer is asked again until it does; a decision is never given up.

const WAITS = [250, 500, 1000, 2000];
const PENDING = "pending";

export class Refused extends Error {}

let onTrouble = () => {};
let onRecovery = () => {};

export function watchServer(trouble, recovery) {
  onTrouble = trouble;
  onRecovery = recovery;
}

async function ask(path, options, saving) {
  for (let attempt = 0; ; attempt += 1) {
    let answer = null;
    try {
      answer = await fetch(path, options);
    } catch {
      // The server is away; it may be started again at the same address.
    }
    if (answer && answer.status < 500) {
      if (attempt) onRecovery();
      if (answer.ok) return answer.json();
      const body = await answer.text();
      let message = body;
      try { message = JSON.parse(body).error; } catch { /* it was plain text */ }
      throw new Refused(message);
    }
    onTrouble(saving);
    await new Promise((done) => setTimeout(done, WAITS[Math.min(attempt, WAITS.length - 1)]));
  }
}

// Why a picture does not come: the server's words, or null once it does. A server that is away is waited for.
export async function askWhy(url, wanted) {
  for (let attempt = 0; wanted(); attempt += 1) {
    const answer = await fetch(url).catch(() => null);
    if (answer) return answer.ok ? null : answer.text();
    await new Promise((done) => setTimeout(done, WAITS[Math.min(attempt, WAITS.length - 1)]));
  }
  return null;
}

export function get(path, values = {}) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given);
  return ask(`${path}?${query}`, {}, false);
}

// The decision is kept in the tab until it is confirmed, so that even a reload sends it again. The server
// recognises by `seen` what it wrote already.
export async function post(path, body) {
  sessionStorage.setItem(PENDING, JSON.stringify([path, body]));
  try {
    return await send(path, body);
  } finally {
    sessionStorage.removeItem(PENDING);
  }
}

export async function sendPending() {
  const kept = sessionStorage.getItem(PENDING);
  if (!kept) return false;
  const [path, body] = JSON.parse(kept);
  try {
    await send(path, body);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  sessionStorage.removeItem(PENDING);
  return true;
}

function send(path, body) {
  return ask(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)}, true);
}
