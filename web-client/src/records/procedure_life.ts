/** Which record of a procedure may follow which (docs/spec/procedure.md, States). */

import { RuleError } from "../errors.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import type { Placed } from "./procedure.ts";

type Status = "open" | "closed" | "opened" | "awarded" | "cancelled";

const FROM: Readonly<Record<string, readonly Status[]>> = {
  "requirement.amended": ["open"],
  "offers.closed": ["open"],
  "offers.opened": ["closed", "opened"],
  "award.decided": ["closed", "opened"],
  "procedure.cancelled": ["closed", "open", "opened"],
};
const THEN: Readonly<Record<string, Status>> = {
  "requirement.published": "open",
  "requirement.amended": "open",
  "offers.closed": "closed",
  "offers.opened": "opened",
  "award.decided": "awarded",
  "procedure.cancelled": "cancelled",
};

interface Life {
  status: Status | null;
  closesAt: string;
  leaf: string;
  rule: Json | undefined;
  currency: Json | undefined;
  claims: JsonObject[];
  readonly opened: Set<string>;
}

/** RuleError names the rule that a record breaks. Each record's own form is checked elsewhere. */
export function follow(own: readonly Placed[]): void {
  const life: Life = {
    status: null,
    closesAt: "",
    leaf: own[0]?.leaf ?? "",
    rule: own[0]?.data.rule,
    currency: own[0]?.data.currency,
    claims: [],
    opened: new Set(),
  };
  for (const each of own) step(life, each);
}

function step(life: Life, { record, data }: Placed): void {
  const { kind, recorded_at: at } = record;
  if (kind === "requirement.published") {
    if (life.status !== null) throw new RuleError("first-record", "the requirement is published already");
    if (at >= text(data.closes_at))
      throw new RuleError("published-before-close", "the closing time has passed");
    life.closesAt = text(data.closes_at);
  } else {
    checkState(life, kind);
    if (kind === "requirement.amended") amend(life, data, at);
    if (kind === "offers.closed") close(life, data, at);
    if (kind === "offers.opened") open(life, data);
    if (kind === "award.decided") award(life, data);
    if (kind === "procedure.cancelled") cancel(life, data);
  }
  life.status = THEN[kind] ?? life.status;
}

function checkState(life: Life, kind: string): void {
  const from = Object.hasOwn(FROM, kind) ? FROM[kind] : undefined;
  if (life.status === null) {
    throw new RuleError("first-record", "{}: the requirement is not published", kind);
  }
  if (!from?.includes(life.status)) {
    const rule = `${kind}-from-${from?.join("-or-") ?? "nothing"}`;
    throw new RuleError(rule, "{} may not follow: the procedure is {}", kind, life.status);
  }
}

function amend(life: Life, data: JsonObject, at: string): void {
  if (at >= life.closesAt) throw new RuleError("amended-before-close", "the closing time has passed");
  if (data.closes_at === undefined) return;
  if (text(data.closes_at) <= life.closesAt) {
    throw new RuleError("close-only-postponed", "the closing time may only be put off");
  }
  life.closesAt = text(data.closes_at);
}

function close(life: Life, data: JsonObject, at: string): void {
  if (data.deadline !== life.closesAt) {
    throw new RuleError("close-names-deadline", "the deadline is the closing time in force");
  }
  if (at < life.closesAt) {
    throw new RuleError("close-after-deadline", "offers are not closed before their deadline");
  }
  life.claims = claimsOf(data);
}

function open(life: Life, data: JsonObject): void {
  const offer = text(data.offer);
  if (!life.claims.some(claim => claim.offer === offer && claim.leaf === data.leaf)) {
    throw new RuleError("opened-is-claimed", "{} is not claimed with this leaf", offer);
  }
  if (life.opened.has(offer)) throw new RuleError("opened-once", "{} is opened already", offer);
  life.opened.add(offer);
}

function award(life: Life, data: JsonObject): void {
  const rule = isObject(life.rule) ? life.rule : {};
  if (data.rule !== rule.name || data.version !== rule.version || data.currency !== life.currency) {
    throw new RuleError("award-by-announced-rule", "the award follows the rule that was announced");
  }
  const inputs = Array.isArray(data.inputs) ? data.inputs : [];
  if (inputs.join() !== life.claims.map(claim => claim.leaf).join()) {
    throw new RuleError("award-considers-all-claims", "the award considers every claimed offer");
  }
}

function cancel(life: Life, data: JsonObject): void {
  if ((life.status === "open") !== (data.root !== undefined)) {
    throw new RuleError(
      "cancel-claims-offers",
      "cancelled while open, a procedure claims its offers; after the close it has claimed them",
    );
  }
  if (life.status === "open") life.claims = claimsOf(data);
}

function claimsOf(data: JsonObject): JsonObject[] {
  return Array.isArray(data.claims) ? data.claims.filter(isObject) : [];
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
