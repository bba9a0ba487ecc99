// Opens what is sealed of an alert in the browser of who may read it: the excerpt, and more of the
// text where a device sent it, each by itself. sealing.js has the cryptography.
import { opener } from "./opener.js";
import { openText } from "./sealing.js";

// A marked rule has a name that says nothing until its words are open.
function ruleOf(content) {
  try {
    return JSON.parse(content.explanation).rule || "";
  } catch {
    return "";
  }
}

function part(prefix) {
  const at = (id) => document.getElementById(prefix + id);
  const form = at("open");
  if (!form) return;
  const sealed = at("sealed");
  const opened = at("opened");
  const rule = at("rule");
  const named = rule ? rule.textContent : "";

  function show(content) {
    const quote = at("excerpt");
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
    at("account").textContent = content.account || "none was signed in";
    at("source").textContent = content.source || "not said";
    if (rule) rule.textContent = ruleOf(content) || named;
    sealed.hidden = true;
    opened.hidden = false;
    opened.focus();
  }

  function close() {
    for (const id of ["excerpt", "account", "source"]) at(id).replaceChildren();
    if (rule) rule.textContent = named;
    opened.hidden = true;
    sealed.hidden = false;
  }

  opener(
    form,
    async (held) => {
      const answer = await fetch(sealed.dataset.address);
      if (!answer.ok) throw new Error("The collector does not give this: sign in again.");
      show(JSON.parse(await openText(await answer.json(), held)));
    },
    {
      otherwise: "This was changed after it was sealed, or this browser is too old to open it.",
    },
  );
  document.addEventListener("key", (event) => {
    if (!event.detail.open) close();
  });
  addEventListener("pagehide", close);
}

part("");
part("more-");
