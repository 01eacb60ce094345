/** A party's own act on an order, or an operator's: what is personal is sealed here, the rest is signed (records/party.py). */

import { url64 } from "../bytes.ts";
import type { Json, JsonObject } from "../json.ts";
import { signedBytes } from "./act.ts";
import * as disclosure from "./disclosure.ts";
import type { Signer } from "./offer.ts";

/** What is stated: kind, subject, complete data, and the pointers of what is personal in it. */
export interface Fact {
  readonly kind: string;
  readonly subject: string;
  readonly data: JsonObject;
  readonly personal: readonly string[];
}

/** The draft in ready form, which the registry seals unchanged. `prev` is the leaf hash (hex) of the subject's last
 * record, null before the first: the act holds for that place only. */
export async function signedFact(
  fact: Fact,
  prev: string | null,
  signer: Signer,
  salt: disclosure.Salt,
): Promise<JsonObject> {
  const { data, sealed, texts } = disclosure.seal(fact.data, fact.personal, salt);
  const members = { data, kind: fact.kind, prev, sealed, subject: fact.subject };
  const sig = url64(await signer.sign(signedBytes(members)));
  const act = { alg: signer.alg, key: signer.key, sig };
  return { ...members, disclosures: texts, act } as unknown as Record<string, Json> as JsonObject;
}
