// Opens a sealed excerpt in the browser of who may read it; sealing.js has the cryptography.
import { opener } from "./opener.js";
import { openText } from "./sealing.js";

const quote = document.getElementById("excerpt");
const sealed = document.getElementById("sealed");
const opened = document.getElementById("opened");

function show(content) {
  quote.replaceChildren();
  // Offsets count characters as Python does, not UTF-16 units.
  const letters = Array.from(content.excerpt);
  let last = 0;
  for (const [start, end] of content.spans) {
    if (start < last || end <= start || end > letters.length) continue;
    quote.append(letters.slice(last, start).join(""));
    const mark = document.createElement("mark");
    mark.textContent = letters.slice(start, end).join("");
    quote.append(mark);
    last = end;
  }
  quote.append(letters.slice(last).join(""));
  document.getElementById("account").textContent = content.account || "none was signed in";
  document.getElementById("source").textContent = content.source || "not said";
  sealed.hidden = true;
  opened.hidden = false;
  opened.focus();
}

function close() {
  for (const id of ["excerpt", "account", "source"]) document.getElementById(id).replaceChildren();
  opened.hidden = true;
  sealed.hidden = false;
}

opener(
  document.getElementById("open"),
  async (held) => {
    const answer = await fetch(sealed.dataset.address);
    if (!answer.ok) throw new Error("The collector does not give this excerpt: sign in again.");
    show(JSON.parse(await openText(await answer.json(), held)));
  },
  {
    otherwise:
      "This excerpt was changed after it was sealed, or this browser is too old to open it.",
  },
);
document.addEventListener("key", (event) => {
  if (!event.detail.open) close();
});
addEventListener("pagehide", close);
