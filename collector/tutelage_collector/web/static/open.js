// Opens a sealed excerpt in the safeguarding lead's own browser. The passphrase and the private key
// never leave this page; the collector gives only ciphertext. HPKE is RFC 9180, base mode,
// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, as protos/tutelage_wire/sealed.py seals it.
// Small on purpose: this is the one script of ours that must be read line by line.
const SUITE = "HPKE-X25519-HKDF-SHA256-AES-256-GCM/1";
const text = new TextEncoder();
const KEM = join(text.encode("KEM"), Uint8Array.of(0x00, 0x20));
const HPKE = join(text.encode("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02));
// DER around a raw X25519 private key (RFC 8410, section 7).
const PKCS8 = Uint8Array.from([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20,
]);
const NOTHING = new Uint8Array(0);

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const bytes = (base64) => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

async function hmac(key, data) {
  // An empty HMAC key equals one of zeros (RFC 2104), and WebCrypto imports only the latter.
  const raw = key.length ? key : new Uint8Array(32);
  const held = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", held, data));
}

const extract = (suite, salt, label, secret) =>
  hmac(salt, join(text.encode("HPKE-v1"), suite, text.encode(label), secret));

async function expand(suite, key, label, info, length) {
  const size = Uint8Array.of(length >> 8, length & 0xff);
  const named = join(size, text.encode("HPKE-v1"), suite, text.encode(label), info);
  return (await hmac(key, join(named, Uint8Array.of(1)))).slice(0, length); // at most 32 bytes
}

async function aesOpen(key, nonce, ciphertext, bound) {
  const held = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const how = { name: "AES-GCM", iv: nonce, additionalData: bound };
  return new Uint8Array(await crypto.subtle.decrypt(how, held, ciphertext));
}

async function unwrapPrivateKey(wrapped, passphrase) {
  const typed = text.encode(passphrase.trim());
  const base = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveBits"]);
  const how = {
    name: "PBKDF2",
    hash: "SHA-256",
    salt: bytes(wrapped.salt),
    iterations: wrapped.iterations,
  };
  const key = new Uint8Array(await crypto.subtle.deriveBits(how, base, 256));
  return aesOpen(key, bytes(wrapped.nonce), bytes(wrapped.ciphertext), bytes(wrapped.bound));
}

async function hpkeOpen(privateRaw, publicRaw, sealed, info) {
  const ephemeral = sealed.slice(0, 32);
  const x25519 = { name: "X25519" };
  const mine = await crypto.subtle.importKey("pkcs8", join(PKCS8, privateRaw), x25519, false, [
    "deriveBits",
  ]);
  const theirs = await crypto.subtle.importKey("raw", ephemeral, x25519, false, []);
  const shared = new Uint8Array(
    await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, mine, 256),
  );
  const prk = await extract(KEM, NOTHING, "eae_prk", shared);
  const secret = await expand(KEM, prk, "shared_secret", join(ephemeral, publicRaw), 32);
  const context = join(
    Uint8Array.of(0),
    await extract(HPKE, NOTHING, "psk_id_hash", NOTHING),
    await extract(HPKE, NOTHING, "info_hash", info),
  );
  const schedule = await extract(HPKE, secret, "secret", NOTHING);
  const key = await expand(HPKE, schedule, "key", context, 32);
  const nonce = await expand(HPKE, schedule, "base_nonce", context, 12);
  return aesOpen(key, nonce, sealed.slice(32), NOTHING);
}

async function open(sealed, passphrase) {
  if (sealed.suite !== SUITE) throw new Error(`This page cannot open ${sealed.suite}.`);
  const wrap = sealed.wraps.find((one) => one.key_id === sealed.key.key_id);
  if (!wrap) throw new Error("This excerpt was not sealed to your key.");
  let privateRaw;
  try {
    privateRaw = await unwrapPrivateKey(sealed.key.wrapped, passphrase);
  } catch {
    throw new Error("That passphrase does not open your key. Check for a typing slip.");
  }
  const context = bytes(sealed.context);
  const wrapped = bytes(wrap.wrapped_key);
  const contentKey = await hpkeOpen(privateRaw, bytes(sealed.key.public_key), wrapped, context);
  const whole = bytes(sealed.ciphertext);
  const plain = await aesOpen(contentKey, whole.slice(0, 12), whole.slice(12), context);
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  return JSON.parse(new TextDecoder().decode(plain.slice(4, 4 + length)));
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
