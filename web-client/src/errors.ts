/** The errors of the verifier: a message as a template with its values, so that it can be said in Spanish too. */

import { fill, type Word } from "./fill.ts";
import { phrase } from "./phrases.ts";

export type { Word };

export class HuellaError extends Error {
  readonly template: string;
  readonly values: readonly Word[];

  constructor(template: string, ...values: Word[]) {
    super(fill(template, values));
    this.template = template;
    this.values = values;
  }

  /** The message in Spanish; in English where nobody translated it. */
  spanish(): string {
    return fill(
      phrase(this.template),
      this.values.map(value => (typeof value === "string" ? phrase(value) : value)),
    );
  }
}

/** A proof, checkpoint, evidence file or trust file is not in its format: the only error of the verifier. */
export class ProofError extends HuellaError {
  override readonly name = "ProofError";
}

/** Something given from outside is wrong; `field` is a JSON pointer. */
export class InputError extends HuellaError {
  override readonly name = "InputError";
  readonly field: string;

  constructor(field: string, template: string, ...values: Word[]) {
    super(template, ...values);
    this.field = field;
  }
}

/** The record is well formed, but its subject's state does not allow it. */
export class RuleError extends HuellaError {
  override readonly name = "RuleError";
  readonly rule: string;

  constructor(rule: string, template: string, ...values: Word[]) {
    super(template, ...values);
    this.rule = rule;
  }
}
