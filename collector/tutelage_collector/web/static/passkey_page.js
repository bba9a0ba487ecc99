// One's own passkeys: adds one, and lets it open what the passphrase opens. The passphrase and the
// passkey's secret stay in this page; sealing.js has the cryptography.
import { ownKeys } from "./opener.js";
import { NO_SECRET, make, secretOf, works } from "./passkeys.js";
import { unlock, wrapForPasskey } from "./sealing.js";
import { inWords, post } from "./words.js";

const page = document.getElementById("passkeys");
const trouble = document.getElementById("trouble");
const done = document.getElementById("done");
const OWN = "/account/passkeys";

const send = (address, fields) => post(address, { form_token: page.dataset.formToken, ...fields });

async function letOpen(passkey, passphrase) {
  const wrapped = await wrapForPasskey(await ownKeys(), passphrase, () => secretOf([passkey]));
  await send(`${OWN}/${passkey.credential_id}/wrap`, wrapped);
}

function attempt(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = done.hidden = true;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await act();
    } catch (error) {
      trouble.textContent = inWords(error);
      trouble.hidden = false;
      trouble.focus();
    } finally {
      button.disabled = false;
      for (const one of form.querySelectorAll("[type=password]")) one.value = "";
    }
  });
}

// The page anew, with what came of it.
function show(what) {
  sessionStorage.setItem("passkeys", what);
  location.reload();
}

const add = document.getElementById("add-passkey");
if (add) {
  const value = (id) => document.getElementById(id)?.value ?? "";
  if (location.origin !== page.dataset.origin) {
    document.getElementById("elsewhere").hidden = false;
    add.hidden = true;
  }
  attempt(add, async () => {
    if (!works()) throw new Error("This browser has no passkeys: use a present Edge, Chrome, Firefox or Safari.");
    const passphrase = value("passphrase");
    // A slip in the passphrase is found before there is a passkey that opens nothing.
    if (passphrase) await unlock(await ownKeys(), passphrase);
    const { options, challenge } = await send(`${OWN}/begin`, { password: value("password") });
    const { row, secrets } = await make(options);
    const fields = { challenge, name: value("name"), answer: JSON.stringify(row) };
    const { passkey } = await send(OWN, fields);
    if (!passphrase) return show("It is added. Sign in with it from now on.");
    if (!secrets) return show(NO_SECRET);
    try {
      await letOpen(passkey, passphrase);
    } catch (error) {
      return show(`It is added for signing in, but does not open what is sealed yet. ${inWords(error)}`);
    }
    return show("It is added: it signs you in, and opens what is sealed.");
  });
}

for (const form of document.querySelectorAll("form.wrap")) {
  const { credential, rp, salt } = form.dataset;
  attempt(form, async () => {
    const typed = form.querySelector("[data-passphrase]").value;
    await letOpen({ credential_id: credential, rp_id: rp, salt }, typed);
    show("It opens what is sealed from now on.");
  });
}

const said = sessionStorage.getItem("passkeys");
if (said) {
  sessionStorage.removeItem("passkeys");
  done.textContent = said;
  done.hidden = false;
}
