// Waits for a device's answer: says how it stands, and shows the page anew when it came. Where
// something is open or typed, the page is left as it is, with a link.
const place = document.querySelector("[data-waits]");
const EVERY = 2000;

const busy = () =>
  [...document.querySelectorAll("textarea, input[type=password]")].some((one) => one.value) ||
  [...document.querySelectorAll("#opened, #more-opened")].some((one) => !one.hidden);

async function look() {
  const answer = await fetch(place.dataset.waits).catch(() => null);
  if (!answer) return true; // the collector is away for a moment
  if (!answer.ok) return false; // signed out: the next step asks to sign in
  const found = await answer.json();
  if (found.waits) {
    if (place.textContent !== found.says) place.textContent = found.says;
    return true;
  }
  if (!busy()) {
    location.reload();
    return false;
  }
  const link = document.createElement("a");
  link.href = location.pathname;
  link.textContent = "Show it";
  place.replaceChildren(`${found.says} `, link);
  return false;
}

async function wait() {
  if (await look()) setTimeout(wait, EVERY);
}
setTimeout(wait, EVERY);
