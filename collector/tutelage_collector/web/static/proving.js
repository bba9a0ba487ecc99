// A passkey in place of the password, where a page asks once more who decides.
import { prove, works } from "./passkeys.js";
import { inWords, post } from "./words.js";

for (const form of document.querySelectorAll("form[data-prove]")) {
  if (!works() || location.origin !== form.dataset.origin) continue;
  const choice = form.querySelector("[data-passkey]");
  const box = choice.querySelector("input");
  const trouble = form.querySelector("[data-trouble]");
  choice.hidden = false;
  box.addEventListener("change", () => {
    form.elements.password.disabled = box.checked;
  });
  form.addEventListener("submit", async (event) => {
    if (!box.checked || form.elements.answer.value) return;
    event.preventDefault();
    trouble.hidden = true;
    try {
      const token = form.elements.form_token.value;
      const { options } = await post("/account/prove", { form_token: token });
      form.elements.answer.value = JSON.stringify(await prove(options));
      form.requestSubmit(event.submitter);
    } catch (error) {
      trouble.textContent = inWords(error);
      trouble.hidden = false;
    }
  });
}
