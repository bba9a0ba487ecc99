// A concern's page: seals what is written before it is sent, and opens what is sealed, in this
// browser alone. sealing.js has the cryptography. Fields with words have no name: a form that is
// sent without this script carries none of them.
import { opener } from "./opener.js";
import { bytes, openText, sealText } from "./sealing.js";

const about = document.getElementById("about");

function readersOf(form) {
  const found = JSON.parse(form.dataset.readers);
  return form.hasAttribute("data-by-about") ? found[about.value] : found;
}

function wordsOf(form) {
  const fields = [...form.querySelectorAll("[data-words]")];
  const label = (field) => field.dataset.label;
  return fields
    .filter((field) => field.value.trim() && (field.type !== "radio" || field.checked))
    .map((field) => (label(field) ? `${label(field)}: ${field.value.trim()}` : field.value.trim()))
    .join("\n");
}

for (const form of document.querySelectorAll("form[data-seal]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const trouble = form.querySelector("[data-trouble]");
    const button = form.querySelector("button");
    trouble.hidden = true;
    button.disabled = true;
    try {
      const words = wordsOf(form);
      const place = form.elements.sealed;
      if (words) {
        const sealed = await sealText(words, readersOf(form), bytes(place.dataset.context));
        place.value = JSON.stringify(sealed);
      }
      form.submit();
    } catch (error) {
      trouble.textContent =
        error.name === "Error" ? error.message : "This browser is too old to seal what you write.";
      trouble.hidden = false;
      button.disabled = false;
    }
  });
}

const told = document.getElementById("past");
if (about) {
  const tell = () => {
    const { past, nobody } = about.selectedOptions[0].dataset;
    if (told) told.textContent = past;
    document.getElementById("nobody").textContent = nobody;
  };
  about.addEventListener("change", tell);
  tell();
}

async function openAll(answer, held) {
  const open = (one) => openText(one, held);
  for (const one of answer.lines) await show(one.id, () => open(one));
  for (const one of answer.people) {
    await show(one.id, async () => {
      const person = JSON.parse(await open(one));
      const facts = [person.name, person.year, ...person.reasons];
      return facts.filter(Boolean).join(" · ");
    });
  }
  for (const one of answer.excerpts) {
    await show(one.id, async () => {
      const content = JSON.parse(await open(one));
      return content.account ? `${content.excerpt}\n(${content.account})` : content.excerpt;
    });
  }
}

async function show(id, read) {
  const place = document.querySelector(`[data-sealed="${CSS.escape(id)}"]`);
  if (!place) return;
  place.dataset.closed ??= place.textContent;
  try {
    place.textContent = await read();
    place.classList.add("opened");
  } catch {
    place.textContent = "This was not sealed to your key, or was changed after it was sealed.";
    place.classList.add("trouble");
  }
}

function close() {
  for (const one of document.querySelectorAll("[data-closed]")) {
    one.textContent = one.dataset.closed;
    one.classList.remove("opened", "trouble");
  }
}

const form = document.getElementById("open");
if (form) {
  opener(form, async (held) => {
    const answer = await fetch(form.dataset.address);
    if (!answer.ok) throw new Error("The collector does not give this: sign in again.");
    await openAll(await answer.json(), held);
    form.hidden = true;
    document.getElementById("main").focus();
  });
  document.addEventListener("key", (event) => {
    if (event.detail.open) return;
    close();
    form.hidden = false;
  });
}
for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).innerText);
    document.getElementById("said").textContent = "Copied.";
    button.textContent = "Copied";
  });
}

addEventListener("pagehide", () => {
  close();
  if (form) form.hidden = false;
});
