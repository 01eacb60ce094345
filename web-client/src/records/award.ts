/** Award: the named rules that choose the winners from the offers (docs/spec/award.md, records/award.py). */

import type { Bytes } from "../bytes.ts";
import { InputError, RuleError } from "../errors.ts";
import * as canonical from "./canonical.ts";
import { micro, money, toCents } from "./decimals.ts";

export interface Need {
  readonly product: number;
  readonly quantity: string;
  readonly needs_freight?: boolean;
}

export interface Demand {
  readonly contracting_type: string;
  readonly needs: readonly Need[];
  readonly destinations: readonly number[];
  readonly currency?: string;
  readonly rates?: readonly { readonly currency: string; readonly rate: string }[];
}

export interface Bid {
  readonly offer: string;
  readonly index: number;
  readonly bidder?: string;
  readonly currency?: string;
  readonly exchange_rate?: string;
  readonly quotes?: readonly {
    readonly product: number;
    readonly quantity: string;
    readonly unit_price: string;
  }[];
  readonly freights?: readonly {
    readonly product: number;
    readonly destination: number;
    readonly cost: string;
  }[];
  readonly restricted?: boolean;
  readonly minimum?: string;
  readonly opened?: boolean;
  readonly withdrawn?: boolean;
  readonly malformed?: boolean;
}

export interface Place {
  readonly offer: string;
  readonly rank?: number;
  readonly total?: string;
  readonly difference?: string;
  readonly excluded?: string;
}

export interface Award {
  readonly rule: string;
  readonly version: number;
  readonly currency: string;
  readonly inputs?: readonly string[];
  readonly ranking?: readonly { readonly products: readonly number[]; readonly places?: readonly Place[] }[];
  readonly winners?: readonly {
    readonly offer: string;
    readonly bidder: string;
    readonly products: readonly { readonly product: number; readonly total: string }[];
    readonly total: string;
  }[];
  readonly deserted?: readonly number[];
}

interface Priced {
  readonly bid: Bid;
  readonly products: readonly { readonly product: number; readonly cents: bigint }[];
  readonly cents: bigint;
  readonly excluded: string | null;
}

const HEX = /^[0-9a-f]{64}$/;
const CURRENCY = /^[A-Z]{3}$/;
const MAX_CENTS = 999_999_999_999_999n;
const MILLION = 1_000_000n;
const TYPES: Readonly<Record<string, string>> = {
  lowest_total: "individual",
  lowest_total_package: "package",
};

/** The award that the named rule gives; the order of bids, needs and destinations does not matter. What a bidder wrote
 * never throws: a faulty offer is excluded with its reason. */
export function decide(rule: string, version: number, demand: Demand, bids: readonly Bid[]): Award {
  const type = Object.hasOwn(TYPES, rule) && version === 1 ? TYPES[rule] : undefined;
  if (type === undefined) throw new InputError("/rule", "no evaluation rule {} of version {}", rule, version);
  if (demand.contracting_type !== type) {
    throw new RuleError(
      "award-rule-fits-contracting-type",
      "{} is for {} contracting, the requirement says {}",
      rule,
      type,
      demand.contracting_type,
    );
  }
  checkDemand(demand);
  const needs = [...demand.needs].sort((one, other) => one.product - other.product);
  const lots = type === "individual" ? needs.map(need => [need]) : [needs];
  const ordered = [...bids].sort(sealedFirst);
  checkBids(ordered);
  return award(rule, demand, ordered, lots);
}

/** The award's canonical bytes: the same for everybody who has the same demand and bids. */
export function encode(of: Award): Bytes {
  return canonical.encode(of);
}

function award(rule: string, demand: Demand, ordered: readonly Bid[], lots: readonly Need[][]): Award {
  const newest = new Map<string, string>();
  for (const bid of ordered)
    if (bid.bidder !== undefined && !bid.withdrawn) newest.set(bid.bidder, bid.offer);
  const unfit = new Map(ordered.map(bid => [bid.offer, unfitness(bid, demand, newest)]));
  const priced = lots.map(lot => ordered.map(bid => price(bid, lot, demand, unfit.get(bid.offer) ?? null)));
  const ranked = priced.map(rank);
  const winners = gather(ranked.flatMap(lot => lot[0] ?? []));
  const won = new Set(winners.flatMap(winner => winner.products.map(each => each.product)));
  const deserted = lots.flat().flatMap(need => (won.has(need.product) ? [] : need.product));
  return {
    rule,
    version: 1,
    currency: demand.currency ?? "PEN",
    ...filled(
      "inputs",
      ordered.map(bid => bid.offer),
    ),
    ...filled(
      "ranking",
      lots.map((lot, at) => ({
        products: lot.map(need => need.product),
        ...filled("places", places(priced[at] ?? [], ranked[at] ?? [])),
      })),
    ),
    ...filled("winners", winners),
    ...filled("deserted", deserted),
  };
}

/** Why the whole offer does not count, or null. */
function unfitness(bid: Bid, demand: Demand, newest: ReadonlyMap<string, string>): string | null {
  if (bid.withdrawn) return "withdrawn";
  if (bid.bidder !== undefined && newest.get(bid.bidder) !== bid.offer) return "superseded";
  if (!bid.opened) return "not_opened";
  if (bid.restricted) return "restricted";
  if (bid.bidder === undefined) return "bidder_unknown";
  return bid.malformed || !inForm(bid, demand) ? "malformed" : null;
}

/** Plain numbers, only what was asked for, nothing said twice. */
function inForm(bid: Bid, demand: Demand): boolean {
  const [quotes, freights] = [bid.quotes ?? [], bid.freights ?? []];
  const numbers = [
    ...quotes.flatMap(quote => [quote.quantity, quote.unit_price]),
    ...freights.map(freight => freight.cost),
    ...[bid.exchange_rate, bid.minimum].filter(number => number !== undefined),
  ];
  const asked = new Set(demand.needs.map(need => need.product));
  const quoted = quotes.map(quote => quote.product);
  const carried = freights.map(freight => `${freight.product} ${freight.destination}`);
  return (
    CURRENCY.test(bid.currency ?? "PEN") &&
    numbers.every(number => micro(number) !== null) &&
    freights.every(freight => (micro(freight.cost) ?? -1n) >= 0n) &&
    new Set(quoted).size === quoted.length &&
    new Set(carried).size === carried.length &&
    quoted.every(product => asked.has(product)) &&
    freights.every(freight => asked.has(freight.product) && demand.destinations.includes(freight.destination))
  );
}

/** Of the demand's currency for one unit of the bid's, in millionths; null where nobody states a positive one. */
function rateOf(bid: Bid, demand: Demand): bigint | null {
  const currency = bid.currency ?? "PEN";
  if (currency === (demand.currency ?? "PEN")) return MILLION;
  const fixed = demand.rates?.find(each => each.currency === currency)?.rate ?? bid.exchange_rate;
  const rate = fixed === undefined ? null : micro(fixed);
  return rate !== null && rate > 0n ? rate : null;
}

/** The offer's totals for the products of one ranking, or the reason why it has none there. */
function price(bid: Bid, lot: readonly Need[], demand: Demand, unfit: string | null): Priced {
  const without = (excluded: string): Priced => ({ bid, products: [], cents: 0n, excluded });
  if (unfit !== null) return without(unfit);
  const rate = rateOf(bid, demand);
  if (rate === null) return without("no_exchange_rate");
  let [asked, cents] = [0n, 0n];
  const products = [];
  for (const need of lot) {
    const amount = amountOf(bid, need, demand);
    if (typeof amount === "string") return without(amount);
    const total = toCents(amount * rate, 18);
    products.push({ product: need.product, cents: total });
    asked += amount;
    cents += total;
  }
  return {
    bid,
    products,
    cents,
    excluded: totalUnfit(
      bid,
      asked,
      products.map(each => each.cents),
      cents,
    ),
  };
}

/** What the bid asks for one product, all its freight included, exact (10^-12) and in its own currency; or a reason. */
function amountOf(bid: Bid, need: Need, demand: Demand): bigint | string {
  const quote = bid.quotes?.find(each => each.product === need.product);
  if (quote === undefined) return "not_quoted";
  const [quantity, unit] = [micro(quote.quantity) ?? 0n, micro(quote.unit_price) ?? 0n];
  if (quantity !== micro(need.quantity)) return "quantity_differs";
  const freights = (bid.freights ?? []).filter(freight => freight.product === need.product);
  if (need.needs_freight && freights.length < demand.destinations.length) return "freight_not_quoted";
  if (unit <= 0n) return "price_not_positive";
  return freights.reduce((sum, freight) => sum + (micro(freight.cost) ?? 0n) * MILLION, unit * quantity);
}

function totalUnfit(bid: Bid, asked: bigint, totals: readonly bigint[], cents: bigint): string | null {
  if (totals.some(total => total <= 0n)) return "price_not_positive";
  if (cents > MAX_CENTS) return "total_too_large";
  const minimum = bid.minimum === undefined ? null : micro(bid.minimum);
  return minimum !== null && asked < minimum * MILLION ? "below_minimum" : null;
}

/** Those that count, best first: lower total, then sealed earlier (log index), then leaf hash. */
function rank(lot: readonly Priced[]): Priced[] {
  const fit = lot.filter(each => each.excluded === null);
  return fit.sort((one, other) =>
    one.cents === other.cents ? sealedFirst(one.bid, other.bid) : one.cents < other.cents ? -1 : 1,
  );
}

function places(lot: readonly Priced[], bestFirst: readonly Priced[]): Place[] {
  const best = bestFirst[0]?.cents ?? 0n;
  const ranked = bestFirst.map((each, at) => ({
    offer: each.bid.offer,
    rank: at + 1,
    total: money(each.cents),
    difference: money(each.cents - best),
  }));
  const excluded = lot.flatMap(each =>
    each.excluded ? { offer: each.bid.offer, excluded: each.excluded } : [],
  );
  return [...ranked, ...excluded];
}

/** The first of each ranking, gathered by offer, in the log's order. */
function gather(first: readonly Priced[]): NonNullable<Award["winners"]> {
  const bids = [...new Set(first.map(each => each.bid))].sort(sealedFirst);
  return bids.map(bid => {
    const won = first.filter(each => each.bid === bid).flatMap(each => each.products);
    return {
      offer: bid.offer,
      bidder: bid.bidder ?? "",
      products: won.map(each => ({ product: each.product, total: money(each.cents) })),
      total: money(won.reduce((sum, each) => sum + each.cents, 0n)),
    };
  });
}

function sealedFirst(one: Bid, other: Bid): number {
  return one.index - other.index || (one.offer < other.offer ? -1 : one.offer > other.offer ? 1 : 0);
}

function filled<T>(name: string, list: readonly T[]): Record<string, readonly T[]> {
  return list.length ? { [name]: list } : {};
}

function checkDemand(demand: Demand): void {
  for (const [field, numbers] of [
    ["/needs", demand.needs.map(need => need.product)],
    ["/destinations", demand.destinations],
  ] as const) {
    if (!numbers.length || new Set(numbers).size !== numbers.length) {
      throw new InputError(field, "a demand has products and destinations, each once");
    }
  }
  demand.needs.forEach((need, at) => {
    if ((micro(need.quantity) ?? 0n) <= 0n) {
      throw new InputError(`/needs/${at}/quantity`, "a quantity is a plain positive number");
    }
  });
  const rates = demand.rates ?? [];
  const currencies = rates.map(each => each.currency);
  if (
    ![demand.currency ?? "PEN", ...currencies].every(each => CURRENCY.test(each)) ||
    new Set(currencies).size !== currencies.length
  ) {
    throw new InputError("/rates", "a currency has three capital letters and one rate");
  }
  if (rates.some(each => (micro(each.rate) ?? 0n) <= 0n)) {
    throw new InputError("/rates", "an exchange rate is a plain positive number");
  }
}

function checkBids(ordered: readonly Bid[]): void {
  if (ordered.some(bid => !HEX.test(bid.offer) || bid.index < 0)) {
    throw new InputError("/inputs", "a bid is named by its record's leaf hash in hex and log index");
  }
  if (new Set(ordered.map(bid => bid.offer)).size !== ordered.length) {
    throw new InputError("/inputs", "an offer stands in the closed set once");
  }
}
