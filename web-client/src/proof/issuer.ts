/** Checks 6 to 10: who stands behind the head - the log's key, the chain, its validators - and the state now. */

import { type Bytes, bigEndian, equal, isZero } from "../bytes.ts";
import { ProofError } from "../errors.ts";
import { attested, attestedBy, type Checkpoint } from "./checkpoint.ts";
import type { Anchor, ProofBlock } from "./evidence.ts";
import * as headers from "./headers.ts";
import { verifyConsistency } from "./merkle.ts";
import { cutOff, holder, signedBy, type Trust, validatorsAt } from "./trust.ts";
import { type Check, check } from "./verdict.ts";

/** One node, asked about the contract that the trust file names. A rejected promise is no answer. */
export interface Node {
  readonly name: string;
  chainId(): Promise<number>;
  /** The root that the contract holds for this size; null where it holds none. */
  rootAt(size: number): Promise<Uint8Array | null>;
  /** The hash of the block of that number, null where the node has no such block yet. */
  blockHash(number: number): Promise<Uint8Array | null>;
}

/** What one node says of an anchor: true it agrees, false it contradicts, null it has no answer. */
export type Said = boolean | null;

/** Who was asked for the subject's state and what was said. `mirror`: independent of the registry. */
export interface Answer {
  readonly source: string;
  readonly mirror: boolean;
  readonly state: string;
  readonly size: number;
  readonly time: string;
}

/** 6: the checkpoint is signed by a trusted log key under the trusted origin. */
export function checkSignature(head: Checkpoint, trust: Trust | null): Check {
  if (trust === null) return check(6, "unknown", "no-trust");
  const found = signedBy(trust, head);
  if (found === "good") return check(6, "passed");
  if (found === "untrusted") return check(6, "unknown", "key-untrusted");
  return check(6, "failed", found === "wrong" ? "signature-wrong" : "other-origin");
}

/** 6 with its second half: as many trusted witnesses cosigned the head as the trust file asks for. */
export function checkWitnessed(head: Checkpoint, trust: Trust | null): Check {
  const signed = checkSignature(head, trust);
  if (signed.status !== "passed" || trust === null || !trust.witnesses.length) return signed;
  const found = attested(head, trust.witnesses);
  if (found.wrong) return check(6, "failed", "cosignature-wrong");
  const [count, needed] = [found.times.size, trust.witnessesNeeded];
  const time = attestedBy(found, needed);
  if (time !== null) return check(6, "passed", "witnessed", count, new Date(time * 1000).toISOString());
  return needed ? check(6, "unknown", "witnesses-few", count, needed) : check(6, "passed", "unwitnessed");
}

/** 7: the consistency proof leads from the checkpoint to the anchor's size and root. */
export function checkConsistency(
  head: Checkpoint,
  consistency: readonly Bytes[] | null,
  anchor: Anchor | null,
): Check {
  if (anchor === null) return check(7, "unknown", "no-anchor");
  if (anchor.size < head.size) return check(7, "failed", "anchor-smaller");
  if (anchor.size > head.size && consistency === null) return check(7, "unknown", "no-consistency");
  return verifyConsistency(head.size, anchor.size, head.root, anchor.root, consistency ?? [])
    ? check(7, "passed")
    : check(7, "failed", "consistency-wrong");
}

/** 7 where an ended epoch lost the head: nothing anchored can follow it, and it says what became of the entry. */
export function checkEpoch(index: number, head: Checkpoint, trust: Trust | null, seven: Check): Check {
  const epoch = cutOff(trust, head);
  if (!epoch || seven.status === "passed") return seven;
  const end = epoch.head.size;
  if (index >= end) return check(7, "unknown", "beyond-head", end, epoch.date);
  if (index >= epoch.kept) return check(7, "unknown", "lost", epoch.date, epoch.kept, end - 1);
  return check(7, "unknown", "head-lost", epoch.date);
}

/** 8 offline: the storage proof shows the anchor's root in the state of the header. */
export function checkChainOffline(anchor: Anchor | null, trust: Trust | null): Check {
  if (trust === null) return check(8, "unknown", "no-trust");
  if (anchor === null) return check(8, "unknown", "no-anchor");
  if (isElsewhere(anchor, trust)) return check(8, "failed", "other-network");
  const block = anchor.proofBlock;
  if (block === null) return check(8, "unknown", "no-proof-block");
  if (block.header.number !== BigInt(block.number) || block.number < anchor.blockNumber) {
    return check(8, "failed", "block-mismatch");
  }
  try {
    const account = headers.proveAccount(block.header.stateRoot, anchor.contract, block.accountProof);
    if (account === null) return check(8, "failed", "storage-wrong", "accountProof");
    const { codeHash } = holder(trust, anchor.size);
    if (codeHash !== null && !equal(codeHash, account.codeHash)) return check(8, "failed", "other-code");
    return checkStorage(anchor, block, account.storageRoot);
  } catch (error) {
    if (error instanceof ProofError) return check(8, "failed", "storage-wrong", error);
    throw error;
  }
}

/** 8 online: `agree` of the nodes hold this root in this block of this network. */
export function checkChainOnline(anchor: Anchor | null, trust: Trust | null, said: readonly Said[]): Check {
  if (trust === null) return check(8, "unknown", "no-trust");
  if (anchor === null) return check(8, "unknown", "no-anchor");
  if (isElsewhere(anchor, trust)) return check(8, "failed", "other-network");
  const [count, agree] = [said.length, said.filter(each => each === true).length];
  const contradict = said.filter(each => each === false).length;
  if (count >= trust.agree) {
    if (agree >= trust.agree) return check(8, "passed", "nodes-agree", agree, count);
    if (contradict > count - trust.agree) return check(8, "failed", "nodes-contradict", contradict, count);
  }
  return check(8, "unknown", "nodes-unsure", agree, count, trust.agree);
}

/** 9: the header's hash is right and ceil(2N/3) distinct trusted validators sealed it. */
export function checkSeals(anchor: Anchor | null, trust: Trust | null, offline: boolean): Check {
  if (trust === null) return check(9, "unknown", "no-trust");
  if (trust.consensus === "none") return check(9, "not asked", "no-consensus");
  if (anchor === null) return check(9, "unknown", "no-anchor");
  if (!offline) return check(9, "not asked", "online");
  const block = anchor.proofBlock;
  if (block === null) return check(9, "unknown", "no-proof-block");
  const validators = validatorsAt(trust, block.header.number);
  if (validators === null) return check(9, "unknown", "no-validators");
  return checkSealed(anchor, block, validators, trust.consensus);
}

/** 10: what the subject's state is now, by whom. Passes where `agree` distinct mirrors say the same. */
export function checkState(answers: readonly Answer[], trust: Trust | null): Check {
  const [first] = answers;
  if (first === undefined) return check(10, "not asked", "not-consulted");
  const said = new Map<string, Set<string>>();
  for (const { mirror, state, source } of answers) {
    if (mirror) said.set(state, (said.get(state) ?? new Set()).add(source));
  }
  const [best, next] = [...said].sort(([, one], [, other]) => other.size - one.size);
  // two states that as many mirrors tell agree on nothing
  if (trust && best && best[1].size >= trust.agree && (next?.[1].size ?? 0) < best[1].size) {
    const [state, sources] = best;
    const agreed = answers.filter(each => each.mirror && each.state === state);
    // the oldest head of those who agree: that far all of them vouch
    const oldest = agreed.reduce((one, other) => (other.size < one.size ? other : one));
    return check(10, "passed", "state-agreed", state, sources.size, oldest.size, oldest.time);
  }
  const told = answers.find(each => !each.mirror);
  if (told) return check(10, "unknown", "state-told", told.state, told.size, told.time);
  return check(10, "unknown", "state-mirrors", first.state, first.source, first.size, first.time);
}

/** Ask nodes about an anchor, all at once; those of one name count once. */
export function askAll(nodes: readonly Node[], anchor: Anchor): Promise<Said[]> {
  const distinct = new Map([...nodes].reverse().map(node => [node.name, node]));
  return Promise.all([...distinct.values()].map(node => ask(node, anchor)));
}

/** Whether a node confirms the anchor; null where it does not answer or has not come that far. */
async function ask(node: Node, anchor: Anchor): Promise<Said> {
  try {
    if ((await node.chainId()) !== anchor.chainId) return false;
    const block = await node.blockHash(anchor.blockNumber);
    if (block === null) return null;
    if (!equal(block, anchor.blockHash)) return false;
    const root = await node.rootAt(anchor.size);
    return root !== null && equal(root, anchor.root) && !isZero(root);
  } catch {
    return null;
  }
}

function isElsewhere(anchor: Anchor, trust: Trust): boolean {
  return anchor.chainId !== trust.chainId || !equal(anchor.contract, holder(trust, anchor.size).contract);
}

function checkStorage(anchor: Anchor, block: ProofBlock, storageRoot: Uint8Array): Check {
  const [rootSlot, timeSlot] = headers.headSlots(anchor.size);
  const root = headers.proveStorage(storageRoot, rootSlot, block.rootProof);
  const time = headers.proveStorage(storageRoot, timeSlot, block.timeProof);
  if (!root || !equal(bigEndian(root, 32), anchor.root)) return check(8, "failed", "storage-wrong", "root");
  if (time <= 0n || time >= 2n ** 64n) return check(8, "failed", "storage-wrong", "time");
  return check(8, "passed");
}

function checkSealed(
  anchor: Anchor,
  block: ProofBlock,
  validators: ReadonlySet<string>,
  consensus: headers.Consensus,
): Check {
  try {
    const sealed = headers.readSeals(block.header, consensus);
    if (block.number === anchor.blockNumber && !equal(sealed.blockHash, anchor.blockHash)) {
      return check(9, "failed", "hash-wrong");
    }
    const count = headers.countTrusted(sealed.signers, validators);
    const needed = headers.quorum(validators.size);
    if (count < needed) return check(9, "failed", "seals-few", count, needed);
    return check(9, "passed", "seals-good", count);
  } catch (error) {
    if (error instanceof ProofError) return check(9, "failed", "seals-form", error);
    throw error;
  }
}
