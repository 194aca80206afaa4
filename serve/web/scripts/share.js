// An answer, passed on: through the device's own share sheet, or copied.

import { notify } from "./notice.js";
import { SERVER } from "./place.js";
import { say } from "./words.js";

/** Share the name of a class and the address of its page. The photo stays here. */
export async function shareCar(classId, name) {
  const url = `${SERVER || location.origin}/#car/${classId}`;
  const text = say("share.text", { name });
  if (navigator.share) {
    try {
      await navigator.share({ title: "What Benz", text, url });
      return;
    } catch (error) {
      if (error.name === "AbortError") return; // the reader thought better of it
    }
  }
  notify((await copy(`${text} ${url}`)) ? say("share.copied") : url);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no permission, or a page without https: the address is shown instead
  }
}
