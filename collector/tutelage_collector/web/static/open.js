// Opens a sealed excerpt in the safeguarding lead's own browser; sealing.js has the cryptography.
import { openText, unlock } from "./sealing.js";

async function open(sealed, passphrase) {
  return JSON.parse(await openText(sealed, await unlock(sealed.keys, passphrase)));
}

function show(content) {
  const quote = document.getElementById("excerpt");
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
  document.getElementById("sealed").hidden = true;
  document.getElementById("opened").hidden = false;
}

const form = document.getElementById("open");
const field = document.getElementById("passphrase");
const trouble = document.getElementById("trouble");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  trouble.hidden = true;
  try {
    const answer = await fetch(document.getElementById("sealed").dataset.address);
    if (!answer.ok) throw new Error("The collector does not give this excerpt: sign in again.");
    show(await open(await answer.json(), field.value));
  } catch (error) {
    trouble.textContent =
      error instanceof Error && error.name === "Error"
        ? error.message
        : "This excerpt was changed after it was sealed, or this browser is too old to open it.";
    trouble.hidden = false;
  } finally {
    field.value = "";
  }
});
addEventListener("pagehide", () => document.getElementById("excerpt").replaceChildren());
