// The offline shell, its updates, and the offer to install.

import { make, sign } from "./dom.js";
import { notify } from "./notice.js";
import { SERVER } from "./place.js";
import { say } from "./words.js";

/** Register the service worker; a new version waits until the reader wants it. An app has its files already. */
export async function keepShell() {
  if (SERVER || !("serviceWorker" in navigator)) return;
  let renewing = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => renewing && location.reload());
  const offer = (worker) =>
    notify(say("update"), {
      label: say("update.now"),
      run: () => {
        renewing = true;
        worker.postMessage("take over");
      },
    });
  try {
    const registration = await navigator.serviceWorker.register("sw.js");
    if (registration.waiting && navigator.serviceWorker.controller) offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker.addEventListener("statechange", () => {
        if (worker.state === "installed" && navigator.serviceWorker.controller) offer(worker);
      });
    });
  } catch {
    // No offline shell (storage is off, or no https): the page works as long as there is a network.
  }
}

/** Show a button at `place` while the browser offers to install the page. */
export function offerInstallation(place) {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    const button = make(
      "button",
      {
        class: "plain",
        type: "button",
        on: {
          click: () => {
            button.remove();
            event.prompt();
          },
        },
      },
      sign("install"),
      make("span", {}, say("install")),
    );
    place.replaceChildren(button);
  });
  addEventListener("appinstalled", () => place.replaceChildren());
}
