/** offer.json: the same input and salts make the same copy here as in Python, and each side opens the other's envelopes. */

import { describe, expect, it } from "vitest";
import { hex, unurl64, utf8 } from "../src/bytes.ts";
import { InputError } from "../src/errors.ts";
import { leafHash } from "../src/proof/merkle.ts";
import * as act from "../src/records/act.ts";
import * as offers from "../src/records/offer.ts";
import { type Placed, quotationRequest } from "../src/records/procedure.ts";
import * as record from "../src/records/record.ts";
import { bytes, type Case, load, named } from "./vectors.ts";

const CASES: Case[] = load("offer.json");

function place(text: string): Placed {
  const found = record.parse(utf8(text));
  return { index: 0, leaf: hex(leafHash(utf8(text))), record: found, data: found.data };
}

function request(each: Case) {
  return quotationRequest([place(each.requirement)]);
}

function supplier(each: Case): offers.Supplier & { left: () => number } {
  const salts: string[] = [...each.salts];
  return {
    party: each.party,
    signer: offers.seedSigner(bytes(each.key)),
    salt: () => unurl64(salts.shift() as string) as Uint8Array,
    left: () => salts.length,
  };
}

function make(each: Case, by: offers.Supplier): Promise<offers.OfferCopy> {
  const first = { copy: offers.readCopy(utf8(CASES[0].copy)), leaf: CASES[0].leaf };
  if (each.name === "declined") return offers.decline(request(each), by, each.quotation);
  if (each.name === "withdrawn") return offers.withdraw(request(each), by, first);
  if (each.name === "replaced") return offers.replace(request(each), by, each.quotation, first);
  return offers.compose(request(each), by, each.quotation);
}

describe.each(named(CASES))("offer.json: %s", (_name, each) => {
  it("makes the same copy of the same input and salts", async () => {
    const by = supplier(each);
    const copy = await make(each, by);
    expect(new TextDecoder().decode(offers.write(copy))).toBe(each.copy);
    expect(by.left()).toBe(0);
  });
  it("closes on the same Lima date", () => {
    expect(request(each).closesOn).toBe(each.closes_on);
  });
  it("opens Python's envelopes to what the copy holds", async () => {
    const copy = offers.readCopy(utf8(each.copy));
    expect(await offers.openWith(each.identities.opening, utf8(each.file))).toEqual([
      ...copy.public,
      ...copy.personal,
    ]);
    expect(await offers.openWith(each.identities.auditor, utf8(each.file))).toEqual(copy.confidential);
  });
  it("makes a file whose members are those of Python's, the envelopes apart", async () => {
    const made = JSON.parse(
      new TextDecoder().decode(await offers.offerFile(offers.readCopy(utf8(each.copy)), request(each))),
    );
    const theirs = JSON.parse(each.file);
    expect({ ...made, envelopes: null }).toEqual({ ...theirs, envelopes: null });
    expect(Object.keys(made.envelopes)).toEqual(Object.keys(theirs.envelopes));
  });
  it("signs what is refused when it comes late", () => {
    const { offer } = offers.readCopy(utf8(each.copy));
    expect(hex(leafHash(utf8(each.record)))).toBe(each.leaf);
    expect(act.signedBytes({ ...offer }).length).toBeGreaterThan(100);
  });
});

it("refuses a price that the requirement does not ask for, a wrong RUC and another's offer", async () => {
  const each = CASES[0];
  const wrong = { ...each.quotation, products: [{ product: 3, quantity: "1", unit_price: "1" }] };
  await expect(async () => offers.compose(request(each), supplier(each), wrong)).rejects.toThrow(InputError);
  const by = { ...supplier(each), party: { ruc: "20100186171", name: "X" } };
  await expect(async () => offers.compose(request(each), by, each.quotation)).rejects.toThrow(/RUC/);
  const other = { ...supplier(each), signer: offers.seedSigner(new Uint8Array(32).fill(9)) };
  const first = { copy: offers.readCopy(utf8(each.copy)), leaf: each.leaf };
  await expect(async () => offers.withdraw(request(each), other, first)).rejects.toThrow(/key that made it/);
});
