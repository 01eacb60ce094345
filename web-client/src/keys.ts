/** The party's key and its offers, kept in this browser (IndexedDB). A key made here cannot be read out, by nobody. */

import { url64 } from "./bytes.ts";
import type { Signer } from "./records/offer.ts";

const NAME = "huella";
const STORES = ["keys", "offers"] as const;
const PARTY = "party";
type Algorithm = "ed25519" | "es256";

interface KeptKey {
  readonly id: string;
  readonly alg: Algorithm;
  readonly key: string;
  readonly privateKey: CryptoKey;
}

/** An offer of this browser: the copy and the file as text, and what the registry answered. */
export interface KeptOffer {
  readonly code: string;
  readonly requirement: string;
  readonly sealedAt: string;
  readonly copy: string;
  readonly file: string;
  readonly answer?: unknown;
}

/** The party's signer, or null where this browser has none. */
export async function partySigner(): Promise<Signer | null> {
  const kept = await one<KeptKey>("keys", PARTY);
  return kept ? signerOf(kept) : null;
}

/** A new key of the party: Ed25519 where the browser knows it, else P-256. It cannot be exported. */
export async function makePartyKey(): Promise<Signer> {
  const kept = await newKey("ed25519").catch(() => newKey("es256"));
  await put("keys", kept);
  return signerOf(kept);
}

export async function keepOffer(offer: KeptOffer): Promise<void> {
  await put("offers", offer);
}

export async function keptOffers(): Promise<KeptOffer[]> {
  const store = (await database()).transaction("offers").objectStore("offers");
  return done(store.getAll() as IDBRequest<KeptOffer[]>);
}

function signerOf(kept: KeptKey): Signer {
  const how = kept.alg === "ed25519" ? { name: "Ed25519" } : { name: "ECDSA", hash: "SHA-256" };
  return {
    alg: kept.alg,
    key: kept.key,
    // WebCrypto's ECDSA signatures are r‖s, as acts want them
    sign: async message => new Uint8Array(await crypto.subtle.sign(how, kept.privateKey, message)),
  };
}

async function newKey(alg: Algorithm): Promise<KeptKey> {
  const how = alg === "ed25519" ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256" };
  const pair = (await crypto.subtle.generateKey(how, false, ["sign", "verify"])) as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { id: PARTY, alg, key: url64(raw), privateKey: pair.privateKey };
}

function database(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    for (const store of STORES) {
      request.result.createObjectStore(store, { keyPath: store === "keys" ? "id" : "code" });
    }
  };
  return done(request);
}

async function one<T>(store: (typeof STORES)[number], id: string): Promise<T | undefined> {
  return done((await database()).transaction(store).objectStore(store).get(id) as IDBRequest<T | undefined>);
}

async function put(store: (typeof STORES)[number], value: unknown): Promise<void> {
  await done((await database()).transaction(store, "readwrite").objectStore(store).put(value));
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
