// One unlocked key for so many minutes after its last use, in this browser alone: a key that no
// script can read (sealing.js), kept beside the session that it was unlocked in. It is gone with
// "Lock now", the time, signing out, another session or another account.
const bar = document.getElementById("key");
const minutes = Number(bar?.dataset.minutes ?? 0);
const session = bar?.dataset.session ?? "";
const left = document.getElementById("key-left");
const said = document.getElementById("key-said");
const others = new BroadcastChannel("tutelage-key");
const MINUTE = 60_000;
const NAME = "tutelage-key";
const WARN = 2;
let warned = false;

export const staysUnlocked = minutes > 0;

function database() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("held");
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function stored(mode, act) {
  const base = await database();
  try {
    return await new Promise((done, failed) => {
      const deal = base.transaction("held", mode);
      const asked = act(deal.objectStore("held"));
      deal.oncomplete = () => done(asked.result);
      deal.onerror = deal.onabort = () => failed(deal.error);
    });
  } finally {
    base.close();
  }
}

const put = (row) => stored("readwrite", (held) => held.put(row, "one"));

// The row if it still holds. A clock that was set back must not make it last longer.
async function row() {
  const found = await stored("readonly", (held) => held.get("one")).catch(() => undefined);
  if (!found) return null;
  const rest = found.until - Date.now();
  if (found.session === session && rest > 0 && rest <= minutes * MINUTE) return found;
  await stored("readwrite", (held) => held.clear()).catch(() => undefined);
  return null;
}

export const held = async () => (await row())?.key ?? null;

export async function hold(key) {
  if (!staysUnlocked) return;
  try {
    await put({ key, session, until: Date.now() + minutes * MINUTE });
  } catch {
    return; // this browser keeps no such keys: the passphrase is asked each time
  }
  others.postMessage("changed");
  await look();
  say(`Your key is unlocked. It locks itself ${inWords(minutes)} after you last open something.`);
}

// It was used: the time begins anew.
export async function used() {
  const found = await row();
  if (!found) return;
  await put({ ...found, until: Date.now() + minutes * MINUTE });
  others.postMessage("changed");
  await look();
}

export async function lock() {
  await stored("readwrite", (held) => held.clear()).catch(() => undefined);
  others.postMessage("changed");
  await look();
}

function inWords(number) {
  if (number < 1) return "less than a minute";
  return number === 1 ? "1 minute" : `${number} minutes`;
}

function say(words) {
  said.textContent = words;
}

// Show how things stand; every page that shows sealed words closes them when the key is locked.
async function look() {
  const found = await row();
  const open = found !== null;
  const rest = open ? Math.round((found.until - Date.now()) / MINUTE) : 0;
  if (open !== !bar.hidden) {
    const focused = bar.contains(document.activeElement);
    bar.hidden = !open;
    document.dispatchEvent(new CustomEvent("key", { detail: { open } }));
    if (!open) {
      say("Your key is locked.");
      if (focused) document.getElementById("main").focus();
    }
  }
  left.textContent = open ? `It locks itself in ${inWords(rest)}.` : "";
  if (!open || rest > WARN) warned = false;
  else if (!warned) {
    warned = true;
    say(`Your key locks itself in ${inWords(rest)}.`);
  }
}

if (bar) {
  document.getElementById("lock").addEventListener("click", lock);
  others.addEventListener("message", look);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
  setInterval(look, 5000);
  look();
}
