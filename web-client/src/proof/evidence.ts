/** The evidence file (`.huella.json`) and the fork proof, read strictly: check 1 of the verification. */

import { type Bytes, utf8 } from "../bytes.ts";
import { ProofError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import { type Checkpoint, type LogProof, MAX_HASHES, parseCheckpoint, parseProof } from "./checkpoint.ts";
import { items, member, readObject, unhex } from "./form.ts";
import { type Header, parseHeader, parseNode } from "./headers.ts";

export const FORMAT = "huella/evidence/1";
export const FORK_FORMAT = "huella/fork/1";
export const MAX_FILE = 16_777_216;
const MAX_ANNEXES = 64;
const MAX_DISCLOSURES = 4096;
const MAX_NODES = 65;
const MAX_NODE = 4096;
const MAX_HEADER = 65_536;

/** A final block that shows the contract's storage: the header and EIP-1186 node lists from the root. */
export interface ProofBlock {
  readonly number: number;
  readonly header: Header;
  readonly accountProof: readonly Bytes[];
  readonly rootProof: readonly Bytes[];
  readonly timeProof: readonly Bytes[];
}

export interface Anchor {
  readonly chainId: number;
  readonly contract: Bytes;
  readonly size: number;
  readonly root: Bytes;
  readonly transaction: Bytes;
  readonly blockNumber: number;
  readonly blockHash: Bytes;
  readonly proofBlock: ProofBlock | null;
}

/** Everything that proves one record. Without `anchor` it is a receipt. `consistency` null: the file has none, which is
 * not the same as an empty one. */
export interface Evidence {
  readonly record: Bytes;
  readonly proof: LogProof;
  readonly annexes: readonly Bytes[];
  readonly disclosures: readonly string[];
  readonly consistency: readonly Bytes[] | null;
  readonly anchor: Anchor | null;
}

/** Two words that contradict each other: two heads, or one head and what the chain holds. */
export interface Fork {
  readonly heads: readonly Checkpoint[];
  readonly anchor: Anchor | null;
}

/** Read an evidence file; ProofError names the member that is missing or not in its form. */
export function parse(raw: Uint8Array): Evidence {
  return fromValue(readObject(raw, MAX_FILE, "the evidence file"));
}

/** The same from a JSON object that was read strictly. */
export function fromValue(value: JsonObject): Evidence {
  if (value.format !== FORMAT) throw new ProofError("the evidence file's format is not {}", FORMAT);
  const disclosures =
    "disclosures" in value ? items(value, "disclosures", "string", MAX_DISCLOSURES, "") : [];
  if (new Set(disclosures).size !== disclosures.length) {
    throw new ProofError("/disclosures holds the same disclosure twice");
  }
  const annexes = "annexes" in value ? items(value, "annexes", "string", MAX_ANNEXES, "") : [];
  const record = utf8(member(value, "record", "string", ""));
  const proof = parseProof(member(value, "proof", "string", ""));
  const consistency = "consistency" in value ? hashes(value) : null;
  const anchor = "anchor" in value ? readAnchor(member(value, "anchor", "object", "")) : null;
  if ("files" in value) checkFiles(value);
  return { record, proof, annexes: annexes.map(utf8), disclosures, consistency, anchor };
}

/** Read a fork proof: two heads, or a head and an anchor, not both. Says nothing about whether it holds. */
export function parseFork(raw: Uint8Array): Fork {
  const value = readObject(raw, MAX_FILE, "the fork proof");
  if (value.format !== FORK_FORMAT) throw new ProofError("the fork proof's format is not {}", FORK_FORMAT);
  if ("heads" in value === "head" in value || "head" in value !== "anchor" in value) {
    throw new ProofError("a fork proof has two heads, or a head and an anchor");
  }
  if ("heads" in value) {
    const notes = items(value, "heads", "string", 2, "");
    if (notes.length !== 2) throw new ProofError("/heads holds two signed notes");
    return { heads: notes.map(parseCheckpoint), anchor: null };
  }
  const head = parseCheckpoint(member(value, "head", "string", ""));
  return { heads: [head], anchor: readAnchor(member(value, "anchor", "object", "")) };
}

function readAnchor(value: JsonObject): Anchor {
  const place = "/anchor";
  const word = (name: string, width = 32) =>
    unhex(member(value, name, "string", place), width, `${place}/${name}`, "0x");
  const proofBlock =
    "proof_block" in value ? readProofBlock(member(value, "proof_block", "object", place)) : null;
  return {
    chainId: member(value, "chain_id", "integer", place),
    contract: word("contract", 20),
    size: member(value, "size", "integer", place),
    root: word("root"),
    transaction: word("transaction"),
    blockNumber: member(value, "block_number", "integer", place),
    blockHash: word("block_hash"),
    proofBlock,
  };
}

function readProofBlock(value: JsonObject): ProofBlock {
  const place = "/anchor/proof_block";
  const raw = unhex(member(value, "header", "string", place), null, `${place}/header`, "0x");
  if (raw.length > MAX_HEADER) throw new ProofError("{}/header has more than {} bytes", place, MAX_HEADER);
  const [root, time, ...more] = items(value, "storage_proof", "array", 2, place);
  if (root === undefined || time === undefined || more.length) {
    throw new ProofError("{}/storage_proof holds a proof for the root and one for the time", place);
  }
  const storage = `${place}/storage_proof`;
  return {
    number: member(value, "number", "integer", place),
    header: parseHeader(raw),
    accountProof: nodes(value.account_proof, "account_proof", place),
    rootProof: nodes(root, "0", storage),
    timeProof: nodes(time, "1", storage),
  };
}

function nodes(list: Json | undefined, name: string, place: string): Bytes[] {
  const holder: JsonObject = list === undefined ? {} : { [name]: list };
  return items(holder, name, "string", MAX_NODES, place).map(text => {
    const node = unhex(text, null, `${place}/${name}`, "0x");
    if (node.length > MAX_NODE) {
      throw new ProofError("{}/{} has a node of more than {} bytes", place, name, MAX_NODE);
    }
    parseNode(node);
    return node;
  });
}

function hashes(value: JsonObject): Bytes[] {
  return items(value, "consistency", "string", MAX_HASHES, "").map(text => unhex(text, 32, "/consistency"));
}

/** Names and digests as the file tells them; the record's own list decides, so they are only held to their form. */
function checkFiles(value: JsonObject): void {
  items(value, "files", "object", 1024, "").forEach((named, at) => {
    const place = `/files/${at}`;
    unhex(member(named, "sha256", "string", place), 32, `${place}/sha256`);
    member(named, "name", "string", place);
  });
}
