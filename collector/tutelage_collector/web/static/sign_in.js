// Signing in with a passkey: no name is typed, the passkey says whose it is.
import { prove, works } from "./passkeys.js";
import { inWords, post } from "./words.js";

const form = document.getElementById("by-passkey");
const trouble = document.getElementById("passkey-trouble");

if (works() && location.origin === form.dataset.origin) form.hidden = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  trouble.hidden = true;
  try {
    const { options } = await post("/sign-in/passkey/begin", {});
    await post("/sign-in/passkey", { answer: JSON.stringify(await prove(options)) });
    location.assign("/");
  } catch (error) {
    trouble.textContent = inWords(error);
    trouble.hidden = false;
  }
});
