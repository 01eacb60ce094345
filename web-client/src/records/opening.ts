/** An offer opened: held against what was sealed, and read as the award's input (records/opening.py). */

import { hex, unurl64 } from "../bytes.ts";
import { InputError, RuleError } from "../errors.ts";
import { isObject, type Json, type JsonObject, object } from "../json.ts";
import { sha256 } from "../proof/merkle.ts";
import { checkBidder } from "./act.ts";
import type { Bid, Demand } from "./award.ts";
import * as disclosure from "./disclosure.ts";
import { isNatural } from "./identifiers.ts";
import type { Placed, Requirement } from "./procedure.ts";
import type { Act, Record_ } from "./record.ts";
import { BIDDER, CONTENT, readAs, TIE } from "./shapes.ts";

export interface Claim {
  readonly offer: string;
  readonly leaf: string;
  readonly index: number;
  readonly withdrawn: boolean;
}

/** The fact of `offers.opened`. */
export interface OfferOpened {
  readonly offer: string;
  readonly leaf: string;
  readonly disclosures: readonly string[];
  readonly unproven?: boolean;
}

export interface Tie {
  readonly subject: string;
  readonly leaf: string;
}

interface Bidder {
  readonly act: Act;
  readonly ruc?: string;
}

export interface Content {
  readonly requirement: string;
  readonly currency?: string;
  readonly exchange_rate?: string;
  readonly minimum?: string;
  readonly declined?: string;
  readonly products?: NonNullable<Bid["quotes"]>;
  readonly shipping?: NonNullable<Bid["freights"]>;
}

/** What is known of an opened offer: its kind now, its bidder, the content with the disclosed parts in place. */
export interface OpenedOffer {
  readonly kind: string;
  readonly bidder: Bidder;
  readonly content: Content;
}

const OPENED = ["/bidder", "/content", "/products", "/shipping"];
const INSIDE = ["products", "shipping", "documents", "confidential"];
const SEALED_KINDS = /^offer\.(received|replaced|withdrawn|declined)$/;

/** Check an opened offer against its own records (first to claimed, in order) and its tie. InputError or RuleError names
 * what does not fit. */
export function checkOpened(own: readonly Placed[], opened: OfferOpened, tie: string): OpenedOffer {
  const tied = readTie(tie);
  checkDisclosed(opened);
  const chain = checkRecords(own, opened);
  const texts = new Map(opened.disclosures.map(text => [disclosure.digest(text), text]));
  const used = new Set<string>();
  const bidders = chain.map(one => bidderOf(one, texts, used));
  const last = chain[chain.length - 1] as Record_;
  const bidder = bidders[bidders.length - 1] as Bidder;
  if (bidders.some(each => each.act.key !== bidder.act.key)) {
    throw new RuleError("offer-one-key", "a record of this offer was signed with another key");
  }
  if (bidders.some(each => each.ruc !== bidder.ruc)) {
    throw new RuleError("offer-one-bidder", "a record of this offer names another bidder");
  }
  const content = contentOf(last, texts, used, true) as Content;
  // an earlier content may be shown too, and then must fit
  for (const one of chain.slice(0, -1)) contentOf(one, texts, used, false);
  if (used.size !== texts.size) {
    throw new InputError("/disclosures", "a disclosure matches no sealed field of the offer");
  }
  if (disclosure.digest(tie) !== last.sealed["/requirement"]) {
    throw new InputError("/ties", "the tie is not the one that was sealed");
  }
  if (content.requirement !== tied.leaf) {
    throw new RuleError("offer-requirement", "what was signed belongs to another requirement");
  }
  return { kind: last.kind, bidder, content };
}

/** What a disclosure of `/requirement` says. */
export function readTie(text: string): Tie {
  return readAs<Tie>(disclosed(text, "/requirement"), TIE, "/ties");
}

/** The award's question, as the requirement in force puts it. */
export function demandOf(wanted: Requirement): Demand {
  return {
    contracting_type: wanted.contracting_type,
    currency: wanted.currency,
    rates: wanted.rates ?? [],
    destinations: wanted.destinations.map(destination => destination.number),
    needs: wanted.products.map(product => ({
      product: product.number,
      quantity: product.quantity,
      needs_freight: wanted.needs_freight,
    })),
  };
}

/** The award's input for a claimed offer. A person is named by the SHA-256 (hex) of the act's key. */
export function bidOf(claim: Claim, opened: OpenedOffer, proven: boolean): Bid {
  const { content, bidder } = opened;
  const name = bidder.ruc ?? hex(sha256(unurl64(bidder.act.key) ?? new Uint8Array()));
  const rest = {
    ...(proven ? { bidder: name } : {}),
    ...(content.exchange_rate === undefined ? {} : { exchange_rate: content.exchange_rate }),
    ...(content.minimum === undefined ? {} : { minimum: content.minimum }),
  };
  return {
    offer: claim.leaf,
    index: claim.index,
    opened: true,
    currency: content.currency ?? "PEN",
    quotes: content.products ?? [],
    freights: content.shipping ?? [],
    restricted: content.declined === "restricted",
    withdrawn: claim.withdrawn || opened.kind === "offer.withdrawn",
    ...rest,
  };
}

/** Only what may become public is opened, and no person is named by it. */
function checkDisclosed(opened: OfferOpened): void {
  const { disclosures } = opened;
  if (!disclosures.length || new Set(disclosures).size !== disclosures.length) {
    throw new InputError("/disclosures", "an opened offer has disclosures, each once");
  }
  disclosures.forEach((text, at) => {
    const { pointer, value } = disclosure.parse(text);
    const field = `/disclosures/${at}`;
    if (!OPENED.includes(pointer)) throw new InputError(field, "{} is not made public", pointer);
    if (pointer === "/bidder" && isObject(value) && showsPerson(value)) {
      throw new InputError(field, "a person's data stand sealed inside the bidder");
    }
    if (pointer === "/content" && isObject(value) && INSIDE.some(name => name in value)) {
      throw new InputError(field, "parts of the content are sealed inside it");
    }
  });
}

/** Whether a bidder's value shows in clear what the policy seals. */
function showsPerson({ ruc, identifier, name, address, contact }: JsonObject): boolean {
  const natural = typeof ruc === "string" && ruc ? isNatural(ruc) : identifier === undefined;
  if (address !== undefined || (isObject(contact) && Object.keys(contact).length > 0)) return true;
  return natural && (ruc !== undefined || name !== undefined);
}

/** The offer's records, linked, each in the form that offers have, the last one the claimed one. */
function checkRecords(own: readonly Placed[], opened: OfferOpened): Record_[] {
  const chain: Record_[] = [];
  let [prev, counted]: [string | null, string | null] = [null, null];
  for (const { record: one, leaf } of own) {
    const known = SEALED_KINDS.test(one.kind) || one.kind === "offer.refused";
    if (!known || one.subject !== opened.offer || one.prev !== prev) {
      throw new InputError("/prev", "these are not the records of this offer, in their order");
    }
    prev = leaf;
    if (one.kind === "offer.refused") continue;
    checkForm(one);
    chain.push(one);
    counted = leaf;
  }
  if (counted === null || counted !== opened.leaf || counted !== prev) {
    throw new InputError("/leaf", "the claimed record is not the last of these");
  }
  return chain;
}

/** An offer record shows the date of the close and seals exactly three pointers. */
export function checkForm(of: Record_): void {
  if (Object.keys(of.sealed).sort().join() !== "/bidder,/content,/requirement") {
    throw new InputError("/sealed", "an offer seals /requirement, /bidder and /content, nothing else");
  }
  if (new Set(Object.values(of.sealed)).size !== 3) {
    throw new InputError("/sealed", "three pointers have three digests");
  }
  const bare = !of.annexes.length && !of.files.length && of.act === null;
  if (Object.keys(of.data).join() !== "closes_on" || !bare) {
    throw new InputError("/data", "an offer shows the date of its close and nothing else in clear");
  }
  const first = of.kind === "offer.received" || of.kind === "offer.declined";
  if (first !== (of.prev === null)) {
    throw new InputError("/prev", "a first offer has no record before it, any other names it");
  }
}

function bidderOf(one: Record_, texts: ReadonlyMap<string, string>, used: Set<string>): Bidder {
  const text = take(one, "/bidder", texts, used);
  if (text === undefined) {
    throw new InputError("/disclosures", "the bidder of each record of the offer is opened");
  }
  const value = disclosed(text, "/bidder");
  const bidder = readAs<Bidder>(value, BIDDER, "/bidder");
  if (!isObject(value) || !checkBidder(one, value)) {
    throw new RuleError("offer-act", "the act inside the bidder is not of this key over this offer");
  }
  return bidder;
}

function contentOf(
  one: Record_,
  texts: ReadonlyMap<string, string>,
  used: Set<string>,
  needed: boolean,
): Content | null {
  const text = take(one, "/content", texts, used);
  if (text === undefined) {
    if (needed) throw new InputError("/disclosures", "the claimed record's content is opened");
    return null;
  }
  const bare = readAs<{ sealed?: Record<string, string> }>(disclosed(text, "/content"), CONTENT, "/content");
  const inside = Object.entries(bare.sealed ?? {});
  const parts = inside.flatMap(([, digest]) => texts.get(digest) ?? []);
  for (const [, digest] of inside) if (texts.has(digest)) used.add(digest);
  const missing = inside.filter(([pointer, digest]) => OPENED.includes(pointer) && !texts.has(digest));
  if (missing.length && needed) throw new InputError(missing[0]?.[0] ?? "", "this part is not opened");
  const whole = disclosure.apply(object(), { "/content": disclosure.digest(text) }, [text, ...parts]);
  return readAs<Content>(whole.content, CONTENT, "/content");
}

function take(
  one: Record_,
  pointer: string,
  texts: ReadonlyMap<string, string>,
  used: Set<string>,
): string | undefined {
  const digest = one.sealed[pointer] ?? "";
  if (texts.has(digest)) used.add(digest);
  return texts.get(digest);
}

function disclosed(text: string, pointer: string): Json {
  const found = disclosure.parse(text);
  if (found.pointer !== pointer) throw new InputError(pointer, "the disclosure belongs to {}", found.pointer);
  return found.value;
}
