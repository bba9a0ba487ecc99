// Seals words to their recipients and opens them, in this browser alone: the passphrase, the private
// key and the words never leave the page. HPKE is RFC 9180, base mode, DHKEM(X25519, HKDF-SHA256),
// HKDF-SHA256, AES-256-GCM, as protos/tutelage_wire/sealed.py has it.
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
const X25519 = { name: "X25519" };
const PAD_TO = 256;
const ROUNDS = 600000;
// No vowels and no look-alikes, as secrecy.py draws passwords.
const ALPHABET = "bcdfghjkmnpqrstvwxz23456789";

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const bytes = (base64) => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

export const base64 = (data) => btoa(String.fromCharCode(...data));

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

async function stretched(passphrase, salt, iterations) {
  const typed = text.encode(passphrase.trim());
  const base = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(how, base, 256));
}

async function openedByPassphrase(wrapped, passphrase) {
  const key = await stretched(passphrase, bytes(wrapped.salt), wrapped.iterations);
  return aesOpen(key, bytes(wrapped.nonce), bytes(wrapped.ciphertext), bytes(wrapped.bound));
}

async function aesSeal(key, nonce, plain, bound) {
  const held = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const how = { name: "AES-GCM", iv: nonce, additionalData: bound };
  return new Uint8Array(await crypto.subtle.encrypt(how, held, plain));
}

// The key and nonce that both ends of one HPKE message come to (RFC 9180, sections 4.1 and 5.1).
async function schedule(shared, ephemeral, recipient, info) {
  const prk = await extract(KEM, NOTHING, "eae_prk", shared);
  const secret = await expand(KEM, prk, "shared_secret", join(ephemeral, recipient), 32);
  const context = join(
    Uint8Array.of(0),
    await extract(HPKE, NOTHING, "psk_id_hash", NOTHING),
    await extract(HPKE, NOTHING, "info_hash", info),
  );
  const base = await extract(HPKE, secret, "secret", NOTHING);
  const key = await expand(HPKE, base, "key", context, 32);
  return { key, nonce: await expand(HPKE, base, "base_nonce", context, 12) };
}

const agree = async (mine, theirs) =>
  new Uint8Array(await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, mine, 256));

async function hpkeOpen(held, sealed, info) {
  const ephemeral = sealed.slice(0, 32);
  const theirs = await crypto.subtle.importKey("raw", ephemeral, X25519, false, []);
  const shared = await agree(held.key, theirs);
  const { key, nonce } = await schedule(shared, ephemeral, held.publicRaw, info);
  return aesOpen(key, nonce, sealed.slice(32), NOTHING);
}

export async function hpkeSeal(publicRaw, plain, info) {
  const mine = await crypto.subtle.generateKey(X25519, true, ["deriveBits"]);
  const ephemeral = new Uint8Array(await crypto.subtle.exportKey("raw", mine.publicKey));
  const theirs = await crypto.subtle.importKey("raw", publicRaw, X25519, false, []);
  const shared = await agree(mine.privateKey, theirs);
  const { key, nonce } = await schedule(shared, ephemeral, publicRaw, info);
  return join(ephemeral, await aesSeal(key, nonce, plain, NOTHING));
}

// A private key as pages hold it: the browser uses it and gives it out to no script, ours neither.
async function holder(one, raw) {
  const pkcs8 = join(PKCS8, raw);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, X25519, false, ["deriveBits"]);
  for (const bytesOfIt of [raw, pkcs8]) bytesOfIt.fill(0);
  return { id: one.key_id, key, publicRaw: bytes(one.public_key) };
}

// Which of the keys that are kept for this person the passphrase opens, and its bytes.
async function opened(keys, passphrase) {
  for (const one of keys) {
    try {
      return [one, await openedByPassphrase(one.wrapped, passphrase)];
    } catch {
      continue; // another key of the same person: an earlier one has an earlier passphrase
    }
  }
  throw new Error(
    keys.length
      ? "That passphrase does not open your key. Check for a typing slip."
      : "You have no key yet. Make one on the page Who can read.",
  );
}

export const unlock = async (keys, passphrase) => holder(...(await opened(keys, passphrase)));

// What a passkey's secret (the WebAuthn PRF extension gives it to this page alone) wraps: the same
// private key, under HKDF with a label of its own, bound to this key and this passkey.
async function passkeyWrap(secret, keyId, credentialId, use) {
  const bound = text.encode(`tutelage/passkey-wrapped-key/v1\0${keyId}\0${credentialId}`);
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: NOTHING, info: bound };
  const kind = { name: "AES-GCM", length: 256 };
  return [await crypto.subtle.deriveKey(how, base, kind, false, [use]), bound];
}

// The key that a passphrase opens, wrapped once more under a passkey's secret.
export async function wrapForPasskey(keys, passphrase, secretOf) {
  const [one, raw] = await opened(keys, passphrase);
  const { secret, credentialId } = await secretOf();
  const [key, bound] = await passkeyWrap(secret, one.key_id, credentialId, "encrypt");
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: "AES-GCM", iv, additionalData: bound };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(how, key, raw));
  raw.fill(0);
  return { key_id: one.key_id, nonce: base64(iv), ciphertext: base64(ciphertext) };
}

export async function unlockWithPasskey(keys, { secret, credentialId }) {
  for (const one of keys) {
    for (const wrap of one.passkeys.filter((it) => it.credential_id === credentialId)) {
      try {
        const [key, bound] = await passkeyWrap(secret, one.key_id, credentialId, "decrypt");
        const how = { name: "AES-GCM", iv: bytes(wrap.nonce), additionalData: bound };
        const raw = await crypto.subtle.decrypt(how, key, bytes(wrap.ciphertext));
        return await holder(one, new Uint8Array(raw));
      } catch {
        continue; // another key of the same person
      }
    }
  }
  throw new Error(
    "That passkey does not open your key, or what it opens was changed. Use your passphrase, and tell the ICT manager.",
  );
}

// The content key of something sealed, and what it is bound to. A device that lost its keys and
// joined again sends what it sealed under its earlier name: hence more than one context.
export async function contentKey(held, wrapped, contexts) {
  for (const context of contexts.map(bytes)) {
    try {
      return [await hpkeOpen(held, bytes(wrapped), context), context];
    } catch {
      continue;
    }
  }
  throw new DOMException("changed", "OperationError");
}

// The text that was sealed; throws where the key is another one or a byte was changed.
export async function openText(sealed, held) {
  if (sealed.suite !== SUITE) throw new Error(`This page cannot open ${sealed.suite}.`);
  const wrap = sealed.wraps.find((one) => one.key_id === held.id);
  if (!wrap) {
    throw new Error("This was not sealed to your key. Another holder can share it: see Who can read.");
  }
  const [key, context] = await contentKey(held, wrap.wrapped_key, sealed.contexts);
  const whole = bytes(sealed.ciphertext);
  const plain = await aesOpen(key, whole.slice(0, 12), whole.slice(12), context);
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  return new TextDecoder().decode(plain.slice(4, 4 + length));
}

// Seal a text to recipients ({key_id, public_key} each), bound to where it belongs.
export async function sealText(words, recipients, context) {
  if (!recipients.length) throw new Error("Nobody who may read this has a key yet, so that it was not sent. Tell somebody in person.");
  const body = text.encode(words);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, body.length);
  const plain = new Uint8Array(Math.ceil((body.length + 4) / PAD_TO) * PAD_TO);
  plain.set(join(size, body));
  const contentKey = crypto.getRandomValues(new Uint8Array(32));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const wraps = [];
  for (const one of recipients) {
    const wrapped = await hpkeSeal(bytes(one.public_key), contentKey, context);
    wraps.push({ key_id: one.key_id, wrapped_key: base64(wrapped) });
  }
  const ciphertext = join(nonce, await aesSeal(contentKey, nonce, plain, context));
  return { suite: SUITE, ciphertext: base64(ciphertext), wraps };
}

const hex = (raw) => Array.from(raw, (one) => one.toString(16).padStart(2, "0")).join("");

// A key's name, which people read to one another.
export async function keyName(publicRaw) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", publicRaw)).slice(0, 8));
}

function drawnPassphrase() {
  const letters = [];
  while (letters.length < 30) {
    const [one] = crypto.getRandomValues(new Uint8Array(1));
    if (one < 256 - (256 % ALPHABET.length)) letters.push(ALPHABET[one % ALPHABET.length]);
  }
  return letters.join("").match(/.{6}/g).join("-");
}

// A new key, drawn here: what the collector may keep of it, and the passphrase that is shown once.
export async function drawKey(name, bound) {
  const pair = await crypto.subtle.generateKey(X25519, true, ["deriveBits"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey)).slice(-32);
  const publicRaw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const passphrase = drawnPassphrase();
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const key = await stretched(passphrase, salt, ROUNDS);
  const ciphertext = await aesSeal(key, nonce, raw, bytes(bound));
  const browser = {
    kdf: "pbkdf2-sha256",
    iterations: ROUNDS,
    salt: base64(salt),
    nonce: base64(nonce),
    ciphertext: base64(ciphertext),
    bound,
  };
  const offer = { tutelage_recipient_offer: 1, name, public_key: base64(publicRaw), browser };
  return { offer, passphrase, id: await keyName(publicRaw) };
}
