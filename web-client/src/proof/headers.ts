/** The chain's word without a node: block headers, their seals (QBFT, IBFT 2.0), Merkle-Patricia proofs (EIP-1186). */

import { type Bytes, bigEndian, concat, equal, hex, toBigInt } from "../bytes.ts";
import { ProofError } from "../errors.ts";
import * as rlp from "./rlp.ts";
import { keccak, recover } from "./signatures.ts";

export type Consensus = "qbft" | "ibft2";

const WIDTHS: readonly (readonly [number, number])[] = [
  [0, 32],
  [1, 32],
  [2, 20],
  [3, 32],
  [4, 32],
  [5, 32],
  [6, 256],
  [13, 32],
  [14, 8],
];
const STATE_ROOT = 3;
const NUMBER = 8;
const EXTRA = 12;
const MIN_FIELDS = 15;
const MAX_FIELDS = 32;
const EMPTY = new Uint8Array();

export interface Header {
  readonly fields: readonly Uint8Array[];
  readonly number: bigint;
  readonly stateRoot: Uint8Array;
}

/** The block hash, and the addresses (hex) whose seals the header carries, each once. */
export interface Sealed {
  readonly blockHash: Bytes;
  readonly signers: ReadonlySet<string>;
}

export interface Account {
  readonly storageRoot: Uint8Array;
  readonly codeHash: Uint8Array;
}

/** Read a header's RLP. Fields after the fifteenth, of later forks, are kept as they stand. */
export function parseHeader(raw: Uint8Array): Header {
  const fields = rlp.decode(raw, "the block header");
  if (!Array.isArray(fields) || fields.length < MIN_FIELDS || fields.length > MAX_FIELDS) {
    throw new ProofError("a block header is a list of {} fields or more", MIN_FIELDS);
  }
  if (!allBytes(fields)) throw new ProofError("a block header's fields are byte strings");
  if (WIDTHS.some(([place, width]) => fields[place]?.length !== width)) {
    throw new ProofError("a block header's field has the wrong width");
  }
  const number = integer(fields[NUMBER] as Uint8Array, 8, "the block number");
  return { fields, number, stateRoot: fields[STATE_ROOT] as Uint8Array };
}

/** The block hash and who sealed it; ProofError where `extraData` is not in the form of the consensus. */
export function readSeals(header: Header, consensus: Consensus): Sealed {
  const extra = rlp.decode(header.fields[EXTRA] as Uint8Array, "extraData");
  const [head, round, seals] = checkExtra(extra, consensus);
  const qbft = consensus === "qbft";
  const hashed = qbft ? [...head, EMPTY, []] : head;
  const signed = qbft ? [...head, round, []] : [...head, round];
  const digest = hashWith(header, signed);
  const signers = new Set<string>();
  for (const seal of seals) {
    const address = recover(digest, seal);
    if (address) signers.add(hex(address));
  }
  return { blockHash: hashWith(header, hashed), signers };
}

/** ceil(2N/3) of N validators. */
export function quorum(validators: number): number {
  return Math.ceil((2 * validators) / 3);
}

/** How many distinct trusted validators are among the signers; seals of others count for nothing. */
export function countTrusted(signers: ReadonlySet<string>, validators: ReadonlySet<string>): number {
  return [...signers].filter(address => validators.has(address)).length;
}

/** Read one node of a Merkle-Patricia proof: a branch of 17 items, or an extension or leaf of 2. */
export function parseNode(raw: Uint8Array): rlp.Item[] {
  const node = rlp.decode(raw, "a proof node");
  if (!Array.isArray(node) || (node.length !== 2 && node.length !== 17)) {
    throw new ProofError("a proof node is an RLP list of 2 or 17 items");
  }
  return node;
}

/** The value that a trie holds at keccak(key), or null where the proof shows that it holds none. ProofError where a
 * node of the exact list from the root is missing, left over, or not the one that its parent names. */
export function prove(root: Uint8Array, key: Uint8Array, nodes: readonly Uint8Array[]): Uint8Array | null {
  if (nodes.length === 0) {
    if (equal(root, EMPTY_TRIE)) return null;
    throw new ProofError("the proof is empty and the trie is not");
  }
  let path = nibbles(keccak(key));
  let wanted: rlp.Item = root;
  let used = 0;
  let ended = false;
  while (wanted.length && !ended) {
    let node: rlp.Item[];
    const next = nodes[used];
    if (Array.isArray(wanted)) {
      // a node under 32 bytes stands in its parent, whole, instead of its hash
      node = wanted;
    } else if (next !== undefined && equal(wanted, keccak(next))) {
      node = parseNode(next);
      used++;
    } else {
      throw new ProofError("a proof node is missing or is not the one that its parent names");
    }
    [wanted, path, ended] = descend(node, path);
  }
  if (used !== nodes.length) throw new ProofError("the proof has nodes after its end");
  if (!wanted.length) return null;
  if (Array.isArray(wanted)) throw new ProofError("the proof's value is not a byte string");
  return wanted;
}

/** The account at a 20-byte address, null where the proof shows that there is none. */
export function proveAccount(
  stateRoot: Uint8Array,
  address: Uint8Array,
  nodes: readonly Uint8Array[],
): Account | null {
  const value = prove(stateRoot, address, nodes);
  if (value === null) return null;
  const fields = rlp.decode(value, "the account");
  if (!Array.isArray(fields) || fields.length !== 4 || !allBytes(fields)) {
    throw new ProofError("an account is a list of four byte strings");
  }
  const [storageRoot, codeHash] = [fields[2] as Uint8Array, fields[3] as Uint8Array];
  if (storageRoot.length !== 32 || codeHash.length !== 32) {
    throw new ProofError("an account's storage root and code hash have 32 bytes");
  }
  return { storageRoot, codeHash };
}

/** The word at a 32-byte storage slot; 0 where the proof shows that the slot is empty. */
export function proveStorage(root: Uint8Array, slot: Uint8Array, nodes: readonly Uint8Array[]): bigint {
  const value = prove(root, slot, nodes);
  if (value === null) return 0n;
  return integer(rlp.decode(value, "the storage value"), 32, "the storage value");
}

/** The slots of root and time in `rootAt[size]`, the mapping at slot 0: keccak(size || 0) and that plus 1. */
export function headSlots(size: number): [Bytes, Bytes] {
  const first = keccak(concat(bigEndian(size, 32), new Uint8Array(32)));
  return [first, bigEndian((toBigInt(first) + 1n) % 2n ** 256n, 32)];
}

const EMPTY_TRIE = keccak(new Uint8Array([0x80]));

/** What follows below a node along the path: child or value, rest of the path, whether the path ended. */
function descend(node: rlp.Item[], path: number[]): [rlp.Item, number[], boolean] {
  if (node.length === 17) {
    const [step, ...rest] = path;
    return step === undefined ? [node[16] as rlp.Item, path, true] : [node[step] as rlp.Item, rest, false];
  }
  const [encoded, below] = node;
  if (node.length !== 2 || encoded === undefined || below === undefined || Array.isArray(encoded)) {
    throw new ProofError("a proof node is an RLP list of 2 or 17 items");
  }
  const [leaf, prefix] = compact(encoded);
  if (prefix.some((nibble, at) => nibble !== path[at]) || (leaf && path.length !== prefix.length)) {
    return [EMPTY, path, true];
  }
  if (!below.length) throw new ProofError("a proof node leads nowhere");
  return [below, path.slice(prefix.length), leaf];
}

/** Read a hex-prefix path: whether it is a leaf's, and its nibbles. */
function compact(encoded: Uint8Array): [boolean, number[]] {
  const all = nibbles(encoded);
  const first = all[0];
  if (first === undefined || first > 3 || (!(first & 1) && all[1] !== 0)) {
    throw new ProofError("a proof node's path is not in hex-prefix form");
  }
  return [first >= 2, first & 1 ? all.slice(1) : all.slice(2)];
}

function nibbles(raw: Uint8Array): number[] {
  return Array.from(raw).flatMap(byte => [byte >> 4, byte & 15]);
}

function integer(raw: rlp.Item | undefined, width: number, place: string): bigint {
  if (raw === undefined || Array.isArray(raw) || raw.length > width || raw[0] === 0) {
    throw new ProofError("{} is an integer of at most {} bytes without leading zeros", place, width);
  }
  return toBigInt(raw);
}

/** The items of `extraData` in their form: the three that every hash holds, the round, the seals. */
function checkExtra(extra: rlp.Item, consensus: Consensus): [rlp.Item[], Uint8Array, Uint8Array[]] {
  if (!Array.isArray(extra) || extra.length !== 5) {
    throw new ProofError("extraData is a list of vanity, validators, vote, round and seals");
  }
  const [vanity, validators, vote, round, seals] = extra as [
    rlp.Item,
    rlp.Item,
    rlp.Item,
    rlp.Item,
    rlp.Item,
  ];
  if (Array.isArray(vanity) || vanity.length !== 32) throw new ProofError("extraData's vanity has 32 bytes");
  if (!allBytes(validators) || validators.some(address => address.length !== 20)) {
    throw new ProofError("extraData's validators are a list of addresses");
  }
  if (!Array.isArray(vote) && (consensus === "qbft" || vote.length)) {
    throw new ProofError("extraData's vote is not in the form of the consensus");
  }
  if (consensus === "qbft") integer(round, 4, "extraData's round");
  if (Array.isArray(round) || (consensus === "ibft2" && round.length !== 4)) {
    throw new ProofError("extraData's round has 4 bytes");
  }
  if (!allBytes(seals)) throw new ProofError("extraData's seals are a list of byte strings");
  return [[vanity, validators, vote], round, seals];
}

function allBytes(items: rlp.Item): items is Uint8Array[] {
  return Array.isArray(items) && items.every(each => !Array.isArray(each));
}

function hashWith(header: Header, extra: rlp.Item[]): Bytes {
  const fields = [...header.fields];
  fields[EXTRA] = rlp.encode(extra);
  return keccak(rlp.encode(fields));
}
