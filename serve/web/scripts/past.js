// Past answers, kept on this device alone (IndexedDB): a thumbnail and the service's answer.

const STORE = "answers";
const MOST = 100; // the oldest go first

let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("whatbenz", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run(mode, work) {
  const transaction = (await open()).transaction(STORE, mode);
  const request = work(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/** Return all entries, the newest first: {id, at, thumbnail, answer, correct}. */
export async function listPast() {
  return (await run("readonly", (store) => store.getAll())).sort((a, b) => b.at - a.at);
}

export const findPast = (id) => run("readonly", (store) => store.get(id));

/** Keep an entry, or replace the one of its id; the oldest beyond 100 go. */
export async function keepPast(entry) {
  await run("readwrite", (store) => store.put(entry));
  for (const { id } of (await listPast()).slice(MOST)) await forgetPast(id);
}

export const forgetPast = (id) => run("readwrite", (store) => store.delete(id));
export const forgetAll = () => run("readwrite", (store) => store.clear());
