// Who can read, in the safeguarding lead's own browser: draws a key, and shares what was sealed
// before with another key. Private keys and passphrases never leave this page.
import { opener } from "./opener.js";
import { base64, bytes, contentKey, drawKey, hpkeSeal, keyName } from "./sealing.js";
import { inWords, post } from "./words.js";

const AT_ONCE = 80; // so many shared keys fit one form
const trouble = document.getElementById("trouble");
const token = document.getElementById("recipients").dataset.formToken;

function say(error) {
  trouble.textContent = inWords(error);
  trouble.hidden = false;
  trouble.focus();
}

const give = (address, fields) => post(address, { form_token: token, ...fields });

const make = document.getElementById("make");
make?.addEventListener("submit", async (event) => {
  event.preventDefault();
  trouble.hidden = true;
  make.querySelector("button").disabled = true;
  try {
    const { name, bound, address } = make.dataset;
    const drawn = await drawKey(name, bound);
    await give(address, { offer: JSON.stringify(drawn.offer) });
    document.getElementById("new-passphrase").textContent = drawn.passphrase;
    document.getElementById("new-key").textContent = drawn.id;
    make.hidden = true;
    const shown = document.getElementById("made");
    shown.hidden = false;
    shown.focus();
  } catch (error) {
    make.querySelector("button").disabled = false;
    say(error);
  }
});

async function share(form, held) {
  const { key, request, accept } = form.dataset;
  const typed = form.querySelector("[name=key]").value.toLowerCase().replace(/[^0-9a-z]/g, "");
  if (typed !== key) {
    throw new Error(
      "That is not the name of the key that would get everything. Nothing was shared: somebody may have exchanged it.",
    );
  }
  const answer = await fetch(request);
  if (!answer.ok) throw new Error("The collector does not answer: sign in again.");
  const asked = await answer.json();
  const to = bytes(asked.public_key);
  if ((await keyName(to)) !== key) throw new Error("The collector gave another key. Nothing was shared.");
  const bar = form.querySelector("progress");
  bar.max = asked.excerpts.length || 1;
  bar.hidden = false;
  let wrapped = {};
  let closed = 0;
  const send = (last) =>
    give(accept, {
      answer: JSON.stringify({ tutelage_share_answer: 1, key_id: key, by: held.id, wrapped }),
      last: last ? "yes" : "",
    });
  for (const [number, one] of asked.excerpts.entries()) {
    const mine = one.wraps[held.id];
    if (mine) {
      const [content, context] = await contentKey(held, mine, one.contexts);
      wrapped[one.record] = base64(await hpkeSeal(to, content, context));
    } else {
      closed += 1;
    }
    bar.value = number + 1;
    if (Object.keys(wrapped).length >= AT_ONCE) {
      await send(false);
      wrapped = {};
    }
  }
  await send(true);
  return closed;
}

for (const form of document.querySelectorAll("form.share")) {
  const use = async (held) => {
    const closed = await share(form, held);
    const done = form.querySelector("output");
    done.textContent = closed
      ? `Done. ${closed} were not sealed to your key: another holder has to share them.`
      : `Done. This key reads ${form.dataset.reads} from now on.`;
    form.querySelector("fieldset").disabled = true;
  };
  // Letting somebody read is asked anew each time: a key that was left unlocked does not do it.
  opener(form, use, { fresh: true });
}
addEventListener("pagehide", () => document.getElementById("new-passphrase")?.replaceChildren());
