/** Every committed vector: the browser's verifier says what the Python one says. */

import { describe, expect, it, test } from "vitest";
import { hex, utf8 } from "../src/bytes.ts";
import { HuellaError, ProofError } from "../src/errors.ts";
import * as checkpoint from "../src/proof/checkpoint.ts";
import * as headers from "../src/proof/headers.ts";
import type { Node } from "../src/proof/issuer.ts";
import * as merkle from "../src/proof/merkle.ts";
import { compare } from "../src/proof/paper.ts";
import * as trusts from "../src/proof/trust.ts";
import { reason, sentence, type Verdict } from "../src/proof/verdict.ts";
import { verify, verifyFork } from "../src/proof/verify.ts";
import * as awards from "../src/records/award.ts";
import * as disclosure from "../src/records/disclosure.ts";
import * as record from "../src/records/record.ts";
import { bytes, type Case, files, load, named, statuses, trustOf } from "./vectors.ts";

/** Vector file to the test file that runs it: a file that nobody runs fails. */
const KNOWN: Record<string, string> = Object.fromEntries(
  "award checkpoint disclosure evidence fork goquorum headers merkle paper record tlog-proof trie trust"
    .split(" ")
    .map(name => [`${name}.json`, "vectors"]),
);
KNOWN["offer.json"] = "offer";

function told(verdict: Verdict): [string, string[]] {
  for (const check of verdict.checks) {
    expect(reason(check, "es")).not.toBe(check.code);
  }
  expect(sentence(verdict, "es")).toMatch(/^[A-Z]/);
  return [verdict.overall, verdict.checks.map(check => check.status)];
}

function expected(each: Case): [string, string[]] {
  return [each.expect.overall, statuses(each.expect.checks)];
}

/** The value, or null where the reader refuses with its own error. */
function refused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof HuellaError) return null;
    throw error;
  }
}

class StoredNode implements Node {
  constructor(
    readonly name: string,
    private readonly answer: Case,
  ) {}

  async chainId(): Promise<number> {
    return this.say("chain_id");
  }

  async rootAt(): Promise<Uint8Array | null> {
    return this.say("root") === null ? null : bytes(this.say("root"));
  }

  async blockHash(): Promise<Uint8Array | null> {
    return this.say("block_hash") === null ? null : bytes(this.say("block_hash"));
  }

  private say(what: string): Case {
    if (this.answer === null) throw new Error("nobody answers");
    return this.answer[what];
  }
}

test("every vector file is run here", () => {
  expect([...files].sort()).toEqual(Object.keys(KNOWN).sort());
});

describe("evidence.json", () => {
  const file = load("evidence.json");
  it.each(named(file.cases))("%s", async (_name, each) => {
    const verdict = await verify(utf8(each.evidence), trustOf(each, file), {
      document: each.document === undefined ? null : utf8(each.document),
      nodes: (each.nodes ?? []).map((node: Case) => new StoredNode(node.name, node.answer)),
      offline: each.offline ?? true,
      states: each.states ?? [],
    });
    expect(told(verdict)).toEqual(expected(each));
  });
});

describe("fork.json", () => {
  const file = load("fork.json");
  it.each(named(file.cases))("%s", (_name, each) => {
    expect(told(verifyFork(utf8(each.evidence), trustOf(each, file)))).toEqual(expected(each));
  });
});

describe("paper.json", () => {
  const file = load("paper.json");
  it.each(named(file.cases))("%s", async (_name, each) => {
    expect((await compare(utf8(each.document), file.original_size)).status).toBe(each.expect);
  });
});

describe("checkpoint.json", () => {
  const file = load("checkpoint.json");
  const keys = file.trusted.map((key: string) => checkpoint.parseVerifierKey(key));
  it.each(named(file.notes))("note: %s", (_name, each) => {
    const head = refused(() => checkpoint.parseCheckpoint(each.note));
    const found = head === null ? "malformed" : checkpoint.checkSignatures(head, keys, file.origin);
    expect(found).toBe(each.expect);
  });
  const witnesses = file.witnesses.map((key: string) =>
    checkpoint.parseVerifierKey(key, checkpoint.COSIGNATURE),
  );
  it.each(named(file.cosigned))("cosigned: %s", (_name, each) => {
    const found = checkpoint.attested(checkpoint.parseCheckpoint(each.note), witnesses);
    const times = Object.fromEntries([...found.times].map(([key, time]) => [key.name, time]));
    expect([times, found.wrong]).toEqual([each.times, each.false]);
  });
  it.each(named(file.keys))("key: %s", (_name, each) => {
    const read = refused(() => checkpoint.parseVerifierKey(each.key));
    expect(read?.text ?? null).toBe(each.valid ? each.key : null);
  });
});

it.each(named(load("award.json")))("award.json: %s", (_name, each) => {
  const decided = refused(() => awards.decide(each.rule, each.version, each.demand, each.bids));
  expect(decided && new TextDecoder().decode(awards.encode(decided))).toBe(each.award);
});

it.each(named(load("tlog-proof.json")))("tlog-proof.json: %s", (_name, each) => {
  const read = refused(() => checkpoint.parseProof(each.text));
  const told = read && { index: read.index, path: read.path.length, extra: read.extra && hex(read.extra) };
  expect(told).toEqual(each.expect);
});

it.each(named(load("trie.json")))("trie.json: %s", (_name, each) => {
  const prove = () => headers.prove(bytes(each.root), bytes(each.key), each.nodes.map(bytes));
  let found: string | null = "wrong";
  try {
    const value = prove();
    found = value && hex(value);
  } catch (error) {
    expect(error).toBeInstanceOf(ProofError);
  }
  expect(found).toBe(each.expect);
});

describe("headers.json", () => {
  const file = load("headers.json");
  const validators = new Set<string>(file.validators.map((text: string) => text.slice(2)));
  it.each(named(file.cases))("%s", (_name, each) => {
    const sealed = refused(() => headers.readSeals(headers.parseHeader(bytes(each.header)), each.consensus));
    const told = sealed && {
      block_hash: hex(sealed.blockHash),
      trusted: headers.countTrusted(sealed.signers, validators),
      quorum: headers.quorum(validators.size),
    };
    expect(told).toEqual(each.expect);
  });
});

describe("goquorum.json", () => {
  const file = load("goquorum.json");
  const validators = new Set<string>(file.validators);
  it.each(named(file.headers))("header %s", (_name, each) => {
    const sealed = headers.readSeals(headers.parseHeader(bytes(each.header)), "qbft");
    expect(hex(sealed.blockHash)).toBe(each.hash);
    expect([...sealed.signers].every(address => validators.has(address))).toBe(true);
    expect(headers.countTrusted(sealed.signers, validators) >= headers.quorum(4)).toBe(each.number > 0);
  });
  it.each(named(file.proofs))("proof %s", (_name, each) => {
    const header = headers.parseHeader(bytes(each.header));
    const account = headers.proveAccount(
      header.stateRoot,
      bytes(file.contract),
      each.account_proof.map(bytes),
    );
    expect(hex(account?.codeHash ?? new Uint8Array())).toBe(file.code_hash);
    const shown = headers
      .headSlots(each.size)
      .map((slot, at) =>
        headers.proveStorage(
          account?.storageRoot ?? new Uint8Array(),
          slot,
          each.storage_proof[at].map(bytes),
        ),
      );
    expect(shown).toEqual([BigInt(`0x${each.root || "0"}`), BigInt(each.time)]);
  });
});

it.each(named(load("trust.json")))("trust.json: %s", (_name, each) => {
  expect(refused(() => trusts.parse(utf8(each.trust))) !== null).toBe(each.valid);
});

it.each(named(load("record.json")))("record.json: %s", (_name, each) => {
  const raw = utf8(each.record);
  expect(hex(merkle.leafHash(raw))).toBe(each.leaf);
  expect(refused(() => record.parse(raw)) !== null).toBe(each.valid);
});

it.each(named(load("disclosure.json")))("disclosure.json: %s", (_name, each) => {
  expect(disclosure.digest(each.disclosure)).toBe(each.digest);
  const read = refused(() => disclosure.parse(each.disclosure));
  expect(read && { pointer: read.pointer, value: read.value }).toEqual(each.expect);
});

describe("merkle.json", () => {
  const file = load("merkle.json");
  it.each(named(file.inclusion))("inclusion: %s", (_name, each) => {
    const [leaf, root] = [bytes(file.leaves[each.leaf]), bytes(file.roots[each.size])];
    expect(merkle.verifyInclusion(leaf, each.index, each.size, each.path.map(bytes), root)).toBe(each.valid);
  });
  it.each(named(file.consistency))("consistency: %s", (_name, each) => {
    const [old, now] = [bytes(each.old_root), bytes(each.new_root)];
    expect(merkle.verifyConsistency(each.old, each.new, old, now, each.path.map(bytes))).toBe(each.valid);
  });
  it("computes the same roots", () => {
    const leaves = file.leaves.map(bytes);
    file.roots.forEach((root: string, size: number) => {
      expect(hex(merkle.rootOf(leaves.slice(0, size)))).toBe(root);
    });
  });
});
