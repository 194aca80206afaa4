// Which key was meant, whatever the keyboard's layout and Caps Lock.

// Returns a letter in lower case, "Shift+S" for a shifted one, or the key's own name; null where it is not for us.
export function keyOf(event) {
  if (event.isComposing || event.metaKey || event.altKey) return null;
  if (event.ctrlKey) return event.key.toLowerCase() === "z" && !event.shiftKey ? "u" : null;
  if (event.key === "?") return "?";
  if (event.key.length > 1) return event.key;
  const latin = /^[\x20-\x7e]$/.test(event.key);
  const letter = latin ? event.key : /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : event.key;
  if (/^[a-z]$/i.test(letter)) return event.shiftKey ? `Shift+${letter.toUpperCase()}` : letter.toLowerCase();
  return event.key;
}

export const isTyping = (target) => target instanceof Element
  && target.matches("input, textarea, select, [contenteditable]");

export const shown = (key) => ({ArrowLeft: "←", ArrowRight: "→", " ": "Space"})[key] ?? key.toUpperCase().replace("SHIFT+", "⇧");
