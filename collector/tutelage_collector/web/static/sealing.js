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

const base64 = (data) => btoa(String.fromCharCode(...data));

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

export async function unwrapPrivateKey(wrapped, passphrase) {
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

async function hpkeOpen(privateRaw, publicRaw, sealed, info) {
  const ephemeral = sealed.slice(0, 32);
  const pkcs8 = join(PKCS8, privateRaw);
  const mine = await crypto.subtle.importKey("pkcs8", pkcs8, X25519, false, ["deriveBits"]);
  const theirs = await crypto.subtle.importKey("raw", ephemeral, X25519, false, []);
  const { key, nonce } = await schedule(await agree(mine, theirs), ephemeral, publicRaw, info);
  return aesOpen(key, nonce, sealed.slice(32), NOTHING);
}

async function hpkeSeal(publicRaw, plain, info) {
  const mine = await crypto.subtle.generateKey(X25519, true, ["deriveBits"]);
  const ephemeral = new Uint8Array(await crypto.subtle.exportKey("raw", mine.publicKey));
  const theirs = await crypto.subtle.importKey("raw", publicRaw, X25519, false, []);
  const shared = await agree(mine.privateKey, theirs);
  const { key, nonce } = await schedule(shared, ephemeral, publicRaw, info);
  return join(ephemeral, await aesSeal(key, nonce, plain, NOTHING));
}

// The text that was sealed; throws where the key is another one or a byte was changed.
export async function openText(sealed, privateRaw, key, context) {
  if (sealed.suite !== SUITE) throw new Error(`This page cannot open ${sealed.suite}.`);
  const wrap = sealed.wraps.find((one) => one.key_id === key.key_id);
  if (!wrap) throw new Error("This was not sealed to your key.");
  const contentKey = await hpkeOpen(
    privateRaw, bytes(key.public_key), bytes(wrap.wrapped_key), context,
  );
  const whole = bytes(sealed.ciphertext);
  const plain = await aesOpen(contentKey, whole.slice(0, 12), whole.slice(12), context);
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  return new TextDecoder().decode(plain.slice(4, 4 + length));
}

// Seal a text to recipients ({key_id, public_key} each), bound to where it belongs.
export async function sealText(words, recipients, context) {
  if (!recipients.length) throw new Error("There is no key to seal this to. Tell the ICT manager.");
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
