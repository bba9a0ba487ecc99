// The form that asks for one's key: the passphrase, a passkey, or neither while the key is unlocked.
import { held, hold, staysUnlocked, used } from "./held.js";
import { secretOf, works } from "./passkeys.js";
import { unlock, unlockWithPasskey } from "./sealing.js";
import { TOO_OLD, inWords } from "./words.js";

// One's own keys, wrapped; asked for once, when they are needed.
let kept = null;
export function ownKeys() {
  kept ??= fetch("/recipients/own").then((answer) => {
    if (answer.ok) return answer.json();
    kept = null;
    throw new Error("The collector does not give your key: sign in again.");
  });
  return kept;
}

// Ask for the key when the form is sent, and give it to `use`. With `fresh`, an unlocked key is not
// enough: it is asked for again, each time.
export function opener(form, use, { fresh = false, otherwise = TOO_OLD } = {}) {
  const ask = form.querySelector("[data-ask]");
  const field = form.querySelector("[data-passphrase]");
  const atOnce = form.querySelector("[data-at-once]");
  const touch = form.querySelector("[data-passkey]");
  const trouble = document.getElementById(form.dataset.trouble);
  const stays = () => staysUnlocked && !fresh && !atOnce?.checked;

  const show = (open) => {
    ask.hidden = open;
    field.required = !open;
  };
  async function attempt(keyOf) {
    trouble.hidden = true;
    const buttons = [...form.querySelectorAll("button")];
    for (const one of buttons) one.disabled = true;
    try {
      const key = await keyOf();
      if (stays()) await hold(key);
      await use(key);
      if (!fresh) await used();
    } catch (error) {
      trouble.textContent = inWords(error, otherwise);
      trouble.hidden = false;
    } finally {
      field.value = "";
      for (const one of buttons) one.disabled = false;
    }
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = field.value;
    attempt(async () => (fresh ? null : await held()) ?? (await unlock(await ownKeys(), typed)));
  });
  touch.addEventListener("click", () =>
    attempt(async () => {
      const keys = await ownKeys();
      return unlockWithPasskey(keys, await secretOf(keys.flatMap((one) => one.passkeys)));
    }),
  );
  if (!fresh) {
    document.addEventListener("key", (event) => show(event.detail.open));
    held().then((key) => show(key !== null));
  }
  ownKeys()
    .then((keys) => {
      touch.hidden = !works() || !keys.some((one) => one.passkeys.length);
      ask.dataset.touch = touch.hidden ? "" : "yes";
    })
    .catch(() => undefined); // said when the form is sent
}
