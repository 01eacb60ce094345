/** The supplier's side of an offer: everything is sealed and signed here before the registry sees anything.
 *
 * requirement's records ─► quotationRequest ─► compose | decline | replace | withdraw ─► OfferCopy (stays here) ─►
 * offerFile: disclosures encrypted to the holders of the keys. Mirrors records/offer.py; salts and keys come in.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { type Bytes, concat, unurl64, url64 } from "../bytes.ts";
import { InputError } from "../errors.ts";
import { isObject, type Json, type JsonObject, object } from "../json.ts";
import { sha256 } from "../proof/merkle.ts";
import { OFFER_SEALED, signedBytes } from "./act.ts";
import * as canonical from "./canonical.ts";
import type { Digests, Salt } from "./disclosure.ts";
import * as disclosure from "./disclosure.ts";
import * as envelope from "./envelope.ts";
import { isNatural, isRuc, offerCode } from "./identifiers.ts";
import type { QuotationRequest, Requirement } from "./procedure.ts";
import type { Act } from "./record.ts";
import { BIDDER, CONTENT, QUOTATION, readAs, TIE } from "./shapes.ts";

export const FILE_FORMAT = "huella/offer/1";
export const COPY_FORMAT = "huella/offer-copy/1";
const PARTS = ["/products", "/shipping", "/documents", "/confidential"];
const OPENED = ["/bidder", "/content", "/products", "/shipping"];

/** Who signs acts: a key in the browser's store, or in memory. */
export interface Signer {
  readonly alg: "ed25519" | "es256";
  /** The public key, base64url. */
  readonly key: string;
  sign(message: Bytes): Promise<Uint8Array>;
}

export interface Party {
  readonly ruc: string;
  readonly name: string;
  readonly address?: string;
  readonly contact?: { readonly name?: string; readonly email?: string; readonly telephone?: string };
}

export interface Supplier {
  readonly party: Party;
  readonly signer: Signer;
  readonly salt: Salt;
}

export interface Quotation {
  readonly currency: string;
  readonly products: readonly { product: number; quantity: string; unit_price: string; sheet?: string }[];
  readonly shipping?: readonly { product: number; destination: number; cost: string }[];
  readonly exchange_rate?: string;
  readonly minimum?: string;
  readonly documents?: readonly Json[];
  readonly confidential?: JsonObject;
}

/** The members of the offer's record that the supplier decides and signs. */
export interface SealedOffer {
  readonly data: { readonly closes_on: string };
  readonly kind: string;
  readonly prev: string | null;
  readonly sealed: Digests;
  readonly subject: string;
}

/** The supplier's copy: every disclosure, by who may see it. Whoever has it can open the offer. */
export interface OfferCopy {
  readonly confidential: readonly string[];
  readonly control_seed: string;
  readonly format: string;
  readonly offer: SealedOffer;
  readonly personal: readonly string[];
  readonly public: readonly string[];
  readonly tie: string;
}

interface Parts {
  readonly content: JsonObject;
  readonly public: readonly string[];
  readonly personal: readonly string[];
  readonly confidential: readonly string[];
}

/** An offer's earlier copy and the leaf hash (hex) of its record, as the receipt tells it. */
export interface Previous {
  readonly copy: OfferCopy;
  readonly leaf: string;
}

/** Seal and sign a new offer. InputError where the quotation does not fit the requirement. */
export function compose(request: QuotationRequest, by: Supplier, quotation: Quotation): Promise<OfferCopy> {
  return seal(request, by, "offer.received", sealParts(request, by.salt, quotation), null);
}

/** Answer that nothing is quoted: `restricted` or `not_quoted`. */
export function decline(request: QuotationRequest, by: Supplier, reason: string): Promise<OfferCopy> {
  const content = { declined: reason, requirement: request.leaf };
  return seal(request, by, "offer.declined", bare(readAs(content, CONTENT, "/content")), null);
}

/** Seal another content for an offer. */
export function replace(
  request: QuotationRequest,
  by: Supplier,
  quotation: Quotation,
  previous: Previous,
): Promise<OfferCopy> {
  return seal(request, by, "offer.replaced", sealParts(request, by.salt, quotation), previous);
}

/** Take an offer back. */
export function withdraw(request: QuotationRequest, by: Supplier, previous: Previous): Promise<OfferCopy> {
  return seal(request, by, "offer.withdrawn", bare({ requirement: request.leaf }), previous);
}

/** The bytes of a copy or a file. */
export function write(of: OfferCopy | JsonObject): Bytes {
  return canonical.encode(of);
}

/** What goes to the registry: the record's members, the tie, and the rest encrypted to the requirement's keys. */
export async function offerFile(copy: OfferCopy, request: QuotationRequest): Promise<Bytes> {
  const { opening_key, auditor_key } = request.requirement;
  if (copy.confidential.length && auditor_key === undefined) {
    throw new InputError("/confidential", "this requirement takes no confidential parts");
  }
  const code = copy.offer.subject;
  const opening = await envelope.close(code, [...copy.public, ...copy.personal], opening_key);
  // also when empty: that there is something confidential is not told
  const auditor =
    auditor_key === undefined ? undefined : await envelope.close(code, copy.confidential, auditor_key);
  const seed = unurl64(copy.control_seed) ?? new Uint8Array();
  const signature = ed25519.sign(signedBytes({ ...copy.offer }), seed);
  return canonical.encode({
    control: { key: url64(ed25519.getPublicKey(seed)), sig: url64(signature) },
    envelopes: { opening, auditor },
    format: FILE_FORMAT,
    offer: copy.offer,
    tie: copy.tie,
  });
}

/** The disclosures that an identity opens of an offer's file, whichever of its envelopes that is. */
export async function openWith(identity: string, file: Uint8Array): Promise<readonly string[]> {
  const value = canonical.decode(file) as unknown as {
    offer: SealedOffer;
    envelopes: { opening: string; auditor?: string };
  };
  const { opening, auditor } = value.envelopes;
  try {
    return await envelope.open(identity, opening, value.offer.subject);
  } catch (error) {
    if (auditor === undefined) throw error;
    return envelope.open(identity, auditor, value.offer.subject);
  }
}

/** The offer as its supplier made it, with everything in its place. InputError where the copy is not sound. */
export function openOwn(copy: OfferCopy): JsonObject {
  const texts = [copy.tie, ...copy.public, ...copy.personal, ...copy.confidential];
  return disclosure.apply({ ...copy.offer.data }, copy.offer.sealed, texts);
}

/** Read a supplier's copy. InputError where it is malformed or does not open its offer. */
export function readCopy(raw: Uint8Array): OfferCopy {
  const copy = canonical.decode(raw) as unknown as OfferCopy;
  if (copy.format !== COPY_FORMAT) throw new InputError("/format", "this is no {}", COPY_FORMAT);
  openOwn(copy);
  if (codeOf(unurl64(copy.control_seed) ?? new Uint8Array(32)) !== copy.offer.subject) {
    throw new InputError("/control_seed", "the seed is not that of the offer's code");
  }
  return copy;
}

/** The code of the offer that a seed's key controls: half of the SHA-256 of its public half. */
export function codeOf(seed: Uint8Array): string {
  return offerCode(sha256(ed25519.getPublicKey(seed)).subarray(0, 16));
}

/** A key in memory: for tests, and for a seed that a party brings along. */
export function seedSigner(seed: Uint8Array): Signer {
  return {
    alg: "ed25519",
    key: url64(ed25519.getPublicKey(seed)),
    sign: async message => ed25519.sign(message, seed),
  };
}

async function seal(
  request: QuotationRequest,
  by: Supplier,
  kind: string,
  parts: Parts,
  previous: Previous | null,
): Promise<OfferCopy> {
  const seed = identity(request, by, previous);
  const about = disclosure.make(by.salt(), "/content", parts.content);
  const signed: SealedOffer = {
    data: { closes_on: request.closesOn },
    kind,
    prev: previous?.leaf ?? null,
    sealed: { "/content": disclosure.digest(about) },
    subject: codeOf(seed),
  };
  // content first, since the act signs its digest; then the bidder, who holds the act
  const sig = await by.signer.sign(signedBytes({ ...signed }, OFFER_SEALED));
  const { bidder, personal } = sealBidder(by, { alg: by.signer.alg, key: by.signer.key, sig: url64(sig) });
  const who = disclosure.make(by.salt(), "/bidder", bidder);
  const tie = disclosure.make(by.salt(), "/requirement", { leaf: request.leaf, subject: request.subject });
  const digests = { "/bidder": disclosure.digest(who), "/requirement": disclosure.digest(tie) };
  return {
    confidential: parts.confidential,
    control_seed: url64(seed),
    format: COPY_FORMAT,
    offer: { ...signed, sealed: { ...signed.sealed, ...digests } },
    personal: [...personal, ...parts.personal],
    public: [who, about, ...parts.public],
    tie,
  };
}

/** A quotation's content with its parts sealed in it; what is confidential seals each of its members again. */
function sealParts(request: QuotationRequest, salt: Salt, quotation: Quotation): Parts {
  checkQuotation(quotation, request.requirement);
  const content = Object.assign(object(), quotation) as JsonObject;
  const hidden: string[] = [];
  if (isObject(content.confidential)) {
    const names = Object.keys(content.confidential).sort();
    const pointers = names.map(name => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
    const inner = disclosure.seal(content.confidential, pointers, salt);
    content.confidential = { sealed: inner.sealed };
    hidden.push(...inner.texts);
  }
  content.requirement = request.leaf;
  const pointers = PARTS.filter(pointer => pointer.slice(1) in content);
  const { data, sealed, texts } = disclosure.seal(content, pointers, salt);
  const made = pointers.map((pointer, at) => [pointer, texts[at] as string] as const);
  const of = (wanted: (pointer: string) => boolean) =>
    made.filter(([pointer]) => wanted(pointer)).map(([, text]) => text);
  return {
    content: Object.assign(data, { sealed }),
    public: of(pointer => OPENED.includes(pointer)),
    personal: of(pointer => pointer === "/documents"),
    confidential: [...of(pointer => pointer === "/confidential"), ...hidden],
  };
}

function bare(content: JsonObject): Parts {
  return { content, public: [], personal: [], confidential: [] };
}

/** The bidder with the act, and the disclosures of what is personal in it. */
function sealBidder(by: Supplier, act: Act): { bidder: JsonObject; personal: string[] } {
  const { party } = by;
  if (!isRuc(party.ruc)) throw new InputError("/bidder/ruc", "the RUC's prefix or check digit is wrong");
  if (!party.name) throw new InputError("/bidder", "a bidder has RUC and name");
  const natural = isNatural(party.ruc) ? ["/ruc", "/name"] : [];
  const contact = (["name", "email", "telephone"] as const).filter(
    name => party.contact?.[name] !== undefined,
  );
  const address = party.address === undefined ? [] : ["/address"];
  const pointers = [...natural, ...address, ...contact.map(name => `/contact/${name}`)];
  const { data, sealed, texts } = disclosure.seal(party as unknown as JsonObject, pointers, by.salt);
  const bidder = Object.assign(data, { act: { ...act } });
  if (pointers.length) bidder.sealed = sealed;
  readAs(bidder, BIDDER, "/bidder");
  return { bidder, personal: texts };
}

/** The offer's own seed; for a further record that of the first, by the same bidder. */
function identity(request: QuotationRequest, by: Supplier, previous: Previous | null): Uint8Array {
  if (previous === null) return concat(by.salt(), by.salt());
  const { copy } = previous;
  const tie = readAs<{ subject: string; leaf: string }>(
    disclosure.parse(copy.tie).value,
    TIE,
    "/requirement",
  );
  if (tie.subject !== request.subject || tie.leaf !== request.leaf) {
    throw new InputError("/requirement", "the offer belongs to another requirement");
  }
  const opened = openOwn(copy).bidder;
  const act = isObject(opened) && isObject(opened.act) ? opened.act : {};
  if (act.key !== by.signer.key) {
    throw new InputError("/bidder/act/key", "an offer is changed with the key that made it");
  }
  if (copy.offer.kind === "offer.withdrawn" || copy.offer.kind === "offer.declined") {
    throw new InputError("/kind", "nothing follows a withdrawn or declined offer");
  }
  return unurl64(copy.control_seed) ?? new Uint8Array();
}

/** InputError where a quotation does not fit the requirement. Not all products need be quoted. */
function checkQuotation(given: Quotation, wanted: Requirement): void {
  readAs(given as unknown as Json, QUOTATION, "");
  if ((given.exchange_rate === undefined) !== (given.currency === wanted.currency)) {
    throw new InputError(
      "/exchange_rate",
      "an exchange rate is given for another currency than {}, and only then",
      wanted.currency,
    );
  }
  if (given.confidential !== undefined && wanted.auditor_key === undefined) {
    throw new InputError("/confidential", "confidential parts need an auditor's key, and a member");
  }
  const quoted = given.products.map(quote => quote.product);
  const asked = wanted.products.map(product => product.number);
  if (quoted.some((number, at) => number <= (quoted[at - 1] ?? 0) || !asked.includes(number))) {
    throw new InputError("/products", "products of the requirement are quoted in their order, each once");
  }
  given.products.forEach((quote, at) => {
    const product = wanted.products.find(each => each.number === quote.product);
    if (quote.quantity !== product?.quantity) {
      throw new InputError(
        `/products/${at}/quantity`,
        "the requirement asks for {}",
        product?.quantity ?? "",
      );
    }
    if (product.sheets?.length && !product.sheets.includes(quote.sheet ?? "")) {
      throw new InputError(`/products/${at}/sheet`, "the sheet is none of those asked for");
    }
  });
  checkFreight(given, wanted, quoted);
}

function checkFreight(given: Quotation, wanted: Requirement, quoted: readonly number[]): void {
  const places = wanted.needs_freight ? wanted.destinations.map(destination => destination.number) : [];
  const needed = quoted.flatMap(product => places.map(place => `${product} ${place}`));
  const carried = (given.shipping ?? []).map(freight => `${freight.product} ${freight.destination}`);
  if (needed.join() !== carried.join()) {
    throw new InputError(
      "/shipping",
      "freight is given for each quoted product and each destination, in order, where it is asked for",
    );
  }
}
