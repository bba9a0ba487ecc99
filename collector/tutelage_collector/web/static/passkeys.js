// Passkeys as browsers offer them (WebAuthn level 3), and the secret that one gives for one salt
// (its PRF extension). The secret is for sealing.js alone: what is sent is put together here, field
// by field, because toJSON() of a browser carries the secret too.
import { base64, bytes } from "./sealing.js";

export const works = () => "PublicKeyCredential" in window && window.isSecureContext;

export const web64 = (data) =>
  base64(new Uint8Array(data)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const ofWeb64 = (written) => bytes(written.replaceAll("-", "+").replaceAll("_", "/"));

export const NO_SECRET =
  "This passkey can sign you in, but it cannot open what is sealed: this browser, or the device that holds the passkey, gives no secret for it (the PRF extension). Most security keys and the passkeys of a present Windows, macOS, iPhone or Android do. Your passphrase goes on opening everything.";

async function asked(ceremony) {
  try {
    return await ceremony();
  } catch (error) {
    const why = {
      NotAllowedError: "The passkey was not used: it was cancelled, took too long, or is not on this computer. Try again, or use your passphrase or password.",
      InvalidStateError: "This device holds a passkey for your account already.",
      SecurityError: "Passkeys work only at the pages' own address: open the pages by their name, and try again.",
    }[error.name];
    throw new Error(why ?? "This browser or device cannot use passkeys here.");
  }
}

// The secret of one of the passkeys ({credential_id, salt}) that the person touches.
export async function secretOf(passkeys) {
  const salts = Object.fromEntries(
    passkeys.map((one) => [one.credential_id, { first: bytes(one.salt) }]),
  );
  const found = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)), // nobody has to be convinced
        rpId: passkeys[0].rp_id,
        userVerification: "required",
        allowCredentials: Object.keys(salts).map((id) => ({ type: "public-key", id: ofWeb64(id) })),
        extensions: { prf: { evalByCredential: salts } },
      },
    }),
  );
  const secret = found.getClientExtensionResults().prf?.results?.first;
  if (!secret) throw new Error(NO_SECRET);
  return { secret, credentialId: found.id };
}

// Make a passkey by the collector's options; what the collector may see of it.
export async function make(options) {
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: ofWeb64(options.challenge),
        user: { ...options.user, id: ofWeb64(options.user.id) },
        excludeCredentials: (options.excludeCredentials ?? []).map((one) => ({
          ...one,
          id: ofWeb64(one.id),
        })),
        extensions: { prf: {} },
      },
    }),
  );
  const secrets = made.getClientExtensionResults().prf?.enabled === true;
  const row = {
    ...named(made),
    response: {
      clientDataJSON: web64(made.response.clientDataJSON),
      attestationObject: web64(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    },
  };
  return { row, secrets };
}

// Prove to the collector that one has a passkey, by its options.
export async function prove(options) {
  const found = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: ofWeb64(options.challenge),
        allowCredentials: (options.allowCredentials ?? []).map((one) => ({
          ...one,
          id: ofWeb64(one.id),
        })),
      },
    }),
  );
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
  const response = {
    clientDataJSON: web64(clientDataJSON),
    authenticatorData: web64(authenticatorData),
    signature: web64(signature),
    userHandle: userHandle ? web64(userHandle) : null,
  };
  return { ...named(found), response };
}

const named = (one) => ({ id: one.id, rawId: web64(one.rawId), type: one.type });
