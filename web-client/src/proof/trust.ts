/** Trust: which log key, contract, network and validators a reader believes. A parameter, never a global. */

import { type Bytes, hex, unb64 } from "../bytes.ts";
import { ProofError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import {
  type Checkpoint,
  COSIGNATURE,
  checkSignatures,
  parseVerifierKey,
  type Signed,
  type VerifierKey,
} from "./checkpoint.ts";
import { type Epoch, readEpochs } from "./epoch.ts";
import { items, member, readObject, typed, unhex } from "./form.ts";

export const FORMAT = "huella/trust/1";
const MAX_FILE = 1_048_576;
const MAX_WITNESSES = 32;
const SIGNER = /^(?:sha256:[0-9a-f]{64}|(?:CN|O|organizationIdentifier|serialNumber)=.{1,200})$/;

export type TrustConsensus = "qbft" | "ibft2" | "none";

export interface ValidatorSet {
  readonly fromBlock: number;
  /** Addresses in hex. */
  readonly addresses: ReadonlySet<string>;
}

/** A contract that held the log up to `until` entries. */
export interface Predecessor {
  readonly contract: Bytes;
  readonly until: number;
  readonly codeHash: Bytes | null;
}

export interface Trust {
  readonly origin: string;
  readonly logKeys: readonly VerifierKey[];
  readonly chainId: number;
  readonly contract: Bytes;
  readonly consensus: TrustConsensus;
  readonly codeHash: Bytes | null;
  readonly validators: readonly ValidatorSet[];
  readonly nodes: readonly string[];
  readonly agree: number;
  readonly witnesses: readonly VerifierKey[];
  readonly witnessesNeeded: number;
  readonly predecessors: readonly Predecessor[];
  readonly epochs: readonly Epoch[];
}

/** What the log's keys say of a head: those of the epoch whose origin it names. */
export function signedBy(trust: Trust, head: Checkpoint): Signed {
  const ended = trust.epochs.find(each => each.origin === head.origin);
  if (ended) return checkSignatures(head, ended.logKeys, ended.origin);
  const keys = [...trust.logKeys, ...trust.epochs.flatMap(each => each.logKeys)];
  return checkSignatures(head, keys, trust.origin);
}

/** The ended epoch that lost this head: it is longer than what was kept. Undefined for every other head. */
export function cutOff(trust: Trust | null, head: Checkpoint): Epoch | undefined {
  return trust?.epochs.find(each => each.origin === head.origin && head.size > each.kept);
}

/** The contract that holds the log's head of `size` entries, and the hash of its code (null: not compared). */
export function holder(trust: Trust, size: number): { contract: Bytes; codeHash: Bytes | null } {
  return trust.predecessors.find(each => size <= each.until) ?? trust;
}

/** The trusted validators of a block; null where the file names none that early. */
export function validatorsAt(trust: Trust, number: bigint): ReadonlySet<string> | null {
  const sets = trust.validators.filter(each => BigInt(each.fromBlock) <= number);
  return sets[sets.length - 1]?.addresses ?? null;
}

/** Read a trust file. ProofError names the member that is missing or not in its form. */
export function parse(raw: Uint8Array): Trust {
  const value = readObject(raw, MAX_FILE, "the trust file");
  if (value.format !== FORMAT) throw new ProofError("the trust file's format is not {}", FORMAT);
  const consensus = member(value, "consensus", "string", "");
  if (consensus !== "qbft" && consensus !== "ibft2" && consensus !== "none") {
    throw new ProofError("/consensus is qbft, ibft2 or none");
  }
  const logKeys = items(value, "log_keys", "string", 64, "").map(text => parseVerifierKey(text));
  if (new Set(logKeys.map(key => `${key.name}+${key.keyId}`)).size !== logKeys.length || !logKeys.length) {
    throw new ProofError("/log_keys names at least one key, and each once");
  }
  const agree = typed(value.agree ?? 1, "integer", "/agree");
  if (agree < 1 || value.agree === null) throw new ProofError("/agree is at least 1");
  checkPapers(value);
  const origin = member(value, "origin", "string", "");
  return {
    origin,
    logKeys,
    chainId: member(value, "chain_id", "integer", ""),
    contract: unhex(member(value, "contract", "string", ""), 20, "/contract", "0x"),
    consensus,
    codeHash: codeHash(value, "/code_hash"),
    validators: readValidators(value),
    nodes: "nodes" in value ? items(value, "nodes", "string", 64, "") : [],
    agree,
    ...readWitnesses(value, logKeys),
    predecessors: readPredecessors(value),
    epochs: readEpochs(value, origin),
  };
}

function codeHash(value: JsonObject, place: string): Bytes | null {
  const found = value.code_hash ?? null;
  return found === null ? null : unhex(typed(found, "string", place), 32, place, "0x");
}

function readPredecessors(value: JsonObject): Predecessor[] {
  if (!("predecessors" in value)) return [];
  const found = items(value, "predecessors", "object", 1024, "").map((named, at) => {
    const place = `/predecessors/${at}`;
    const contract = unhex(member(named, "contract", "string", place), 20, `${place}/contract`, "0x");
    return { contract, until: member(named, "until", "integer", place), codeHash: codeHash(named, place) };
  });
  if (!ascends(found.map(each => each.until))) {
    throw new ProofError("/predecessors stands in ascending order of until");
  }
  return found;
}

/** A cosignature does not hold its witness's name: one public key under two names would count twice. */
function readWitnesses(
  value: JsonObject,
  logs: readonly VerifierKey[],
): { witnesses: VerifierKey[]; witnessesNeeded: number } {
  const texts = "witnesses" in value ? items(value, "witnesses", "string", MAX_WITNESSES, "") : [];
  const witnesses = texts.map(text => parseVerifierKey(text, COSIGNATURE));
  const keys = new Set(witnesses.map(key => hex(key.publicKey)));
  if (keys.size !== witnesses.length || logs.some(key => keys.has(hex(key.publicKey)))) {
    throw new ProofError("/witnesses names each public key once, and none of the log's");
  }
  const given = value.witnesses_needed === undefined ? 0 : value.witnesses_needed;
  const witnessesNeeded = typed(given, "integer", "/witnesses_needed");
  if (witnessesNeeded > witnesses.length) {
    throw new ProofError("/witnesses_needed is at most the number of witnesses");
  }
  return { witnesses, witnessesNeeded };
}

function readValidators(value: JsonObject): ValidatorSet[] {
  if (!("validators" in value)) return [];
  const found = items(value, "validators", "object", 1024, "").map((named, at) => {
    const place = `/validators/${at}`;
    const texts = items(named, "addresses", "string", 1024, place);
    const addresses = new Set(texts.map(text => hex(unhex(text, 20, `${place}/addresses`, "0x"))));
    if (!addresses.size || addresses.size !== texts.length) {
      throw new ProofError("{}/addresses names at least one validator, and each once", place);
    }
    return { fromBlock: member(named, "from_block", "integer", place), addresses };
  });
  if (!ascends(found.map(each => each.fromBlock))) {
    throw new ProofError("/validators stands in ascending order of from_block");
  }
  return found;
}

/** Signatures on papers are not judged here; a file whose certificates are no base64 is refused all the same. */
function checkPapers(value: JsonObject): void {
  if ((value.papers ?? null) === null) return;
  const found = member(value, "papers", "object", "");
  const signers = "signers" in found ? items(found, "signers", "string", 256, "/papers") : [];
  if (!signers.every(each => SIGNER.test(each))) {
    throw new ProofError(
      "/papers/signers are sha256:…, CN=…, O=…, organizationIdentifier=… or serialNumber=…",
    );
  }
  for (const name of ["authorities", "timestamps"]) {
    const texts = items(found, name, "string", 1024, "/papers");
    // a certificate is one DER sequence with a long length
    if (!texts.every(text => isSequence(unb64(text)))) {
      throw new ProofError("{} are certificates in base64", `/papers/${name}`);
    }
  }
}

function isSequence(raw: Uint8Array | null): boolean {
  if (raw === null || raw[0] !== 0x30) return false;
  const width = (raw[1] ?? 0) & 0x7f;
  const length = raw.subarray(2, 2 + width).reduce((sum, byte) => sum * 256 + byte, 0);
  return (raw[1] ?? 0) > 0x80 && raw.length === 2 + width + length;
}

function ascends(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number > (numbers[at - 1] as number));
}
