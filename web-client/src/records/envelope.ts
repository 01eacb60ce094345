/** Envelopes: disclosures on their way to the holder of one key, encrypted with age (X25519). */

import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { equal, unurl64, url64 } from "../bytes.ts";
import { InputError } from "../errors.ts";
import * as canonical from "./canonical.ts";
import { isOfferCode } from "./identifiers.ts";
import { isText, readAs } from "./shapes.ts";

const FORMAT = "huella/disclosures/1";
const BLOCK = 4096;
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;

interface Content {
  readonly disclosures: readonly string[];
  readonly format: string;
  readonly offer: string;
  readonly pad: string;
}

/** A fresh key pair: the identity (`AGE-SECRET-KEY-1…`, to be kept off the server) and its recipient. */
export async function newIdentity(): Promise<readonly [string, string]> {
  const identity = await generateX25519Identity();
  return [identity, await identityToRecipient(identity)];
}

/** The envelope, as base64url of an age file, that only the recipient's identity opens. Filled up, so that its length
 * tells neither names nor numbers of products. */
export async function close(
  offer: string,
  disclosures: readonly string[],
  recipient: string,
): Promise<string> {
  if (!RECIPIENT.test(recipient)) {
    throw new InputError("/recipient", "an age X25519 recipient is `age1` and 58 characters of bech32");
  }
  const bare = canonical.encode({ disclosures, format: FORMAT, offer, pad: "" });
  const pad = "0".repeat((BLOCK - (bare.length % BLOCK)) % BLOCK);
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return url64(await encrypter.encrypt(canonical.encode({ disclosures, format: FORMAT, offer, pad })));
}

/** The disclosures that an envelope of this offer holds. InputError where the identity does not open it. */
export async function open(identity: string, envelope: string, offer: string): Promise<readonly string[]> {
  const sealed = unurl64(envelope);
  let raw: Uint8Array;
  try {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    raw = await decrypter.decrypt(sealed ?? new Uint8Array());
  } catch {
    throw new InputError("/envelopes", "this key does not open the envelope");
  }
  const value = canonical.read(raw);
  const isList = (list: unknown) => Array.isArray(list) && list.every(each => typeof each === "string");
  const shape = { needed: { disclosures: isList, format: isText, offer: isText, pad: isText } };
  const found = readAs<Content>(value, shape, "/envelopes");
  const filled = raw.length % BLOCK === 0 && /^0*$/.test(found.pad);
  if (found.format !== FORMAT || !equal(canonical.encode(value), raw) || !filled) {
    throw new InputError("/envelopes", "an envelope's content is {} in its one form", FORMAT);
  }
  if (found.offer !== offer || !isOfferCode(found.offer)) {
    throw new InputError("/envelopes", "the envelope belongs to another offer");
  }
  return found.disclosures;
}
