/** A file's digest as the page of lodged digests asks for it: of an offer the one under which it is lodged or refused. */

import { expect, it } from "vitest";
import { hex, utf8 } from "../src/bytes.ts";
import { sha256 } from "../src/proof/merkle.ts";
import { digestOf } from "../src/ui/lodged.ts";
import { type Case, load } from "./vectors.ts";

const CASES: Case[] = load("offer.json");

it.each(CASES.map(each => [each.name, each] as const))(
  "%s: file and copy give the offer's digest",
  (_, each) => {
    for (const text of [each.copy, each.file]) {
      expect(digestOf(utf8(text))).toEqual({ digest: each.refused_as, offer: true });
    }
  },
);

it.each([
  "",
  "{",
  '{"format": "huella/offer/1"}',
  '{"format": "huella/offer/1", "offer": 1}',
  '{"format": "other", "offer": {}}',
  "[".repeat(9000),
])("what is no offer's file has the digest of its bytes: %s", text => {
  expect(digestOf(utf8(text))).toEqual({ digest: hex(sha256(utf8(text))), offer: false });
});
