/** From the files that somebody drops to verdicts, as `huella verify` takes them (cli/check.py). */

import { fromUtf8, hex, utf8 } from "./bytes.ts";
import { InputError, ProofError } from "./errors.ts";
import { type Checkpoint, parseCheckpoint } from "./proof/checkpoint.ts";
import * as evidences from "./proof/evidence.ts";
import { readObject } from "./proof/form.ts";
import type { Node } from "./proof/issuer.ts";
import { leafHash } from "./proof/merkle.ts";
import { embedded, isSigned } from "./proof/paper.ts";
import type { Trust } from "./proof/trust.ts";
import { type Check, check, type Verdict } from "./proof/verdict.ts";
import { verify, verifyFork } from "./proof/verify.ts";
import * as records from "./records/record.ts";

const OFFERS = /^offer\.(received|replaced|withdrawn|declined|refused)$/;
const PAGE = "constancia.huella.json";
/** A row of a watched database: its record names no document, a finding's page tells of it. */
const ROW = "row.sealed";
const PDF = "%PDF-";

export interface Given {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What an evidence file speaks of, so that the reader sees whether it is what he holds in his hands. */
export interface About {
  readonly subject: string;
  readonly kind: string;
  readonly index: number;
  readonly leaf: string;
  readonly origin: string;
  readonly recordedAt: string;
}

export interface Outcome {
  readonly name: string;
  readonly verdict: Verdict;
  readonly about: About | null;
}

interface Case {
  readonly name: string;
  readonly evidence: Uint8Array | null;
  readonly document: Uint8Array | null;
  readonly paper: Uint8Array | null;
  /** Whether the PDF tells of the record without being the document that the record names. */
  readonly page: boolean;
}

/** Every verdict of the files. One PDF and one evidence file together are one case, else each file is one. */
export async function judgeFiles(
  files: readonly Given[],
  trust: Trust | null,
  nodes: readonly Node[] = [],
): Promise<Outcome[]> {
  const heads = files.flatMap(file => headOf(file.bytes) ?? []);
  if (heads.length === 2 && files.length === 2) {
    const name = files.map(file => file.name).join(" + ");
    return [{ name, verdict: verifyFork({ heads, anchor: null }, trust), about: null }];
  }
  const outcomes: Outcome[] = [];
  for (const each of await casesOf(files)) outcomes.push(await judgeCase(each, trust, nodes));
  return outcomes;
}

async function casesOf(files: readonly Given[]): Promise<Case[]> {
  const papers = files.filter(file => startsWith(file.bytes, PDF));
  const others = files.filter(file => !startsWith(file.bytes, PDF));
  const [paper, other] = [papers[0], others[0]];
  if (papers.length === 1 && others.length === 1 && paper && other) {
    const name = `${paper.name} + ${other.name}`;
    return [{ name, evidence: other.bytes, document: paper.bytes, paper: paper.bytes, page: false }];
  }
  const cases: Case[] = others.map(file => ({
    name: file.name,
    evidence: file.bytes,
    document: null,
    paper: null,
    page: false,
  }));
  for (const { name, bytes } of papers) {
    const attached = (await embedded(bytes)).filter(([file]) => file.endsWith(".huella.json"));
    if (!attached.length) cases.push({ name, evidence: null, document: bytes, paper: bytes, page: false });
    for (const [file, evidence] of attached) {
      // a receipt's page is no document on record: its evidence is what counts
      const kind = aboutOf(evidence)?.kind ?? "";
      const offer = OFFERS.test(kind);
      const page = (file === PAGE || kind === ROW) && !offer;
      const told = attached.length === 1 ? name : `${name}: ${file}`;
      cases.push({ name: told, evidence, document: offer || page ? null : bytes, paper: bytes, page });
    }
  }
  return cases;
}

async function judgeCase(of: Case, trust: Trust | null, nodes: readonly Node[]): Promise<Outcome> {
  const signed = of.paper !== null && isSigned(of.paper);
  if (of.evidence === null) return { name: of.name, verdict: withoutEvidence(signed), about: null };
  if (isFork(of.evidence)) {
    return { name: of.name, verdict: verifyFork(of.evidence, trust), about: null };
  }
  const found = await verify(of.evidence, trust, {
    document: of.document,
    nodes,
    offline: nodes.length === 0,
  });
  const verdict = withPaper(aboutDocument(of, found, signed), signed);
  return { name: of.name, verdict, about: aboutOf(of.evidence) };
}

/** A PDF that brings no evidence: nothing was compared with the register. */
function withoutEvidence(signed: boolean): Verdict {
  const rest = [2, 3, 4, 5, 6, 7, 8, 9].map(number => check(number, "not asked"));
  const first = check(1, "unknown", "no-evidence");
  const checks = [first, ...rest, check(10, "not asked", "not-consulted")];
  return withPaper({ checks, overall: "unknown", attested: true }, signed);
}

/** Who gives a document asks about it: where the record names none, the answer is that it cannot be told. */
function aboutDocument(of: Case, verdict: Verdict, signed: boolean): Verdict {
  const four = verdict.checks[3] as Check;
  if (verdict.overall !== "authentic") return verdict;
  const code = of.page && !signed ? "page-not-recorded" : four.code;
  if (code !== "page-not-recorded" && (of.document === null || four.status !== "not asked")) return verdict;
  const checks = [...verdict.checks];
  checks[3] = check(4, "unknown", code, ...four.details);
  return { ...verdict, checks, overall: "unknown" };
}

/** Signatures of PDFs are not judged here. Where a record names the page by its digest none is needed. */
function withPaper(verdict: Verdict, signed: boolean): Verdict {
  if (!signed) return verdict;
  const checks = [...verdict.checks, check(11, "unknown", "paper-browser")];
  const needed = verdict.overall === "authentic" && verdict.checks[3]?.status !== "passed";
  return { ...verdict, checks, overall: needed ? "unknown" : verdict.overall };
}

/** What an evidence file speaks of; null where it cannot be read. */
export function aboutOf(evidence: Uint8Array): About | null {
  try {
    const { record, proof } = evidences.parse(evidence);
    const { subject, kind, recorded_at: recordedAt } = records.parse(record);
    const { origin } = proof.checkpoint;
    return { subject, kind, index: proof.index, leaf: hex(leafHash(record)), origin, recordedAt };
  } catch (error) {
    if (error instanceof ProofError || error instanceof InputError) return null;
    throw error;
  }
}

function isFork(evidence: Uint8Array): boolean {
  try {
    return readObject(evidence, evidences.MAX_FILE, "the fork proof").format === evidences.FORK_FORMAT;
  } catch {
    return false;
  }
}

function headOf(bytes: Uint8Array): Checkpoint | null {
  const text = fromUtf8(bytes);
  if (text === null || text.trimStart().startsWith("{") || text.startsWith(PDF)) return null;
  try {
    return parseCheckpoint(text);
  } catch {
    return null;
  }
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return utf8(text).every((byte, at) => bytes[at] === byte);
}
