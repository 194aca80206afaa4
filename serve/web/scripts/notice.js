// Short messages: spoken by screen readers alone, or shown at the foot of the page until they are answered.

import { make, sign } from "./dom.js";
import { say } from "./words.js";

const speaker = () => document.getElementById("speaker");
const place = () => document.getElementById("notice");

/** Let screen readers say `text`. */
export function announce(text) {
  speaker().textContent = text;
}

/** Show `text`, with a button for `action` ({label, run}) where there is one, until it is closed or another comes. */
export function notify(text, action = null) {
  const close = make(
    "button",
    { "class": "plain", "type": "button", "aria-label": say("close"), "on": { click: hush } },
    sign("close"),
  );
  const act =
    action &&
    make(
      "button",
      {
        class: "plain strong",
        type: "button",
        on: {
          click: () => {
            hush();
            action.run();
          },
        },
      },
      action.label,
    );
  place().replaceChildren(make("p", {}, text), act ?? "", close);
  place().hidden = false;
}

/** Take the message away. */
export function hush() {
  place().hidden = true;
  place().replaceChildren();
}
