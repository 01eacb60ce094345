/** The ten numbered checks and their verdict: the one procedure of specification, code, portal and command line.
 *
 *     1 form · 2 record · 3 disclosures · 4 document · 5 inclusion · 6 signature · 7 consistency · 8 chain · 9 seals · 10 state
 */

import { equal } from "../bytes.ts";
import { ProofError } from "../errors.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type Evidence, type Fork, parse, parseFork } from "./evidence.ts";
import { checkDisclosures, checkDocument, checkInclusion, checkRecord } from "./integrity.ts";
import * as issuer from "./issuer.ts";
import { cutOff, type Trust } from "./trust.ts";
import { type Check, check, judge, type Verdict } from "./verdict.ts";

export interface Options {
  /** A file that claims to be the recorded one. */
  readonly document?: Uint8Array | null;
  /** Asked about the chain in place of the file's own proof. */
  readonly nodes?: readonly issuer.Node[];
  readonly offline?: boolean;
  readonly states?: readonly issuer.Answer[];
}

/** Check an evidence file and give the verdict. A bad file raises nothing: that is check 1. */
export async function verify(
  evidence: Uint8Array | Evidence,
  trust: Trust | null,
  options: Options = {},
): Promise<Verdict> {
  const attested = trust?.consensus !== "none";
  let read: Evidence;
  try {
    read = evidence instanceof Uint8Array ? parse(evidence) : evidence;
  } catch (error) {
    return unreadable(error, attested);
  }
  const head = read.proof.checkpoint;
  const { anchor } = read;
  const { document = null, nodes = [], offline = true, states = [] } = options;
  const found = checkRecord(read);
  const opened = checkDisclosures(read, found);
  const said = offline || anchor === null ? [] : await issuer.askAll(nodes, anchor);
  const checks = [
    check(1, "passed"),
    found.check,
    opened.check,
    await checkDocument(document, found, opened),
    checkInclusion(read),
    issuer.checkWitnessed(head, trust),
    issuer.checkEpoch(read.proof.index, head, trust, issuer.checkConsistency(head, read.consistency, anchor)),
    offline ? issuer.checkChainOffline(anchor, trust) : issuer.checkChainOnline(anchor, trust, said),
    issuer.checkSeals(anchor, trust, offline),
    issuer.checkState(states, trust),
  ];
  // an evidence file that holds a head and an anchor in contradiction is a fork proof itself, witnessed or not
  const signed = issuer.checkSignature(head, trust).status === "passed";
  const forked = contradicts({ heads: [head], anchor }) && !cutOff(trust, head) && allPassed(checks, 8, 9);
  return judge(checks, attested, signed && (forked || isSecond(head, trust)), signed);
}

/** Check a fork proof: two trusted heads of one size and different roots, or a head and what the chain holds. */
export function verifyFork(proof: Uint8Array | Fork, trust: Trust | null): Verdict {
  const attested = trust?.consensus !== "none";
  let fork: Fork;
  try {
    fork = proof instanceof Uint8Array ? parseFork(proof) : proof;
  } catch (error) {
    return unreadable(error, attested);
  }
  // that the chain went another way than a lost head is on record: its epoch ended
  const lost = fork.anchor && fork.heads[0] ? cutOff(trust, fork.heads[0]) : undefined;
  const contradiction = !lost && contradicts(fork);
  const skipped = (number: number) => check(number, "not asked", "not-needed");
  const checks = [
    check(1, "passed"),
    ...[2, 3, 4, 5].map(skipped),
    worst(fork.heads.map(head => issuer.checkSignature(head, trust))),
    lost
      ? check(7, "unknown", "head-lost", lost.date)
      : check(7, "not asked", contradiction ? "ok" : "no-contradiction"),
    fork.anchor ? issuer.checkChainOffline(fork.anchor, trust) : skipped(8),
    fork.anchor ? issuer.checkSeals(fork.anchor, trust, true) : skipped(9),
    check(10, "not asked", "not-consulted"),
  ];
  const holds = allPassed(checks, ...(fork.anchor ? [6, 8, 9] : [6]));
  return judge(checks, attested, contradiction && holds);
}

/** Whether the two words are of one size and different roots; nothing else contradicts without more proof. */
function contradicts(proof: Fork): boolean {
  const [one, other] = proof.anchor ? [...proof.heads, proof.anchor] : proof.heads;
  return one !== undefined && other !== undefined && one.size === other.size && !equal(one.root, other.root);
}

/** Whether a head is of the size of its ended epoch's last known one, and another. */
function isSecond(head: Checkpoint, trust: Trust | null): boolean {
  const known = cutOff(trust, head)?.head;
  return known !== undefined && known.size === head.size && !equal(known.root, head.root);
}

function worst(checks: readonly Check[]): Check {
  const rank = (of: Check) => ["passed", "unknown", "failed"].indexOf(of.status);
  return checks.reduce((one, other) => (rank(other) > rank(one) ? other : one));
}

function allPassed(checks: readonly Check[], ...numbers: number[]): boolean {
  return numbers.every(number => checks[number - 1]?.status === "passed");
}

function unreadable(error: unknown, attested: boolean): Verdict {
  if (!(error instanceof ProofError)) throw error;
  const rest = [2, 3, 4, 5, 6, 7, 8, 9].map(number => check(number, "unknown", "not-reached"));
  const last = check(10, "not asked", "not-consulted");
  return judge([check(1, "failed", "form", error), ...rest, last], attested);
}
