/** The trust file of a page: the visitor's own where he gives one, else the one that the registry hands out. */

import type { HuellaError } from "../errors.ts";
import type { Trust } from "../proof/trust.ts";
import { fetchBytes, h } from "./dom.ts";
import { language, words } from "./words.ts";

export class Trusted {
  private given: Trust | null = null;
  private served: Promise<Trust | null> | null = null;

  constructor(private readonly address: string | undefined) {}

  /** The trust file; null where there is none that can be read. */
  get(): Promise<Trust | null> {
    if (this.given) return Promise.resolve(this.given);
    this.served ??= fetchBytes(this.address).then(raw => (raw ? readOr(raw) : null));
    return this.served;
  }

  /** The field where a visitor gives his own. */
  field(changed: () => void): HTMLElement {
    const input = h("input", { type: "file", accept: ".json,application/json" });
    const told = h("p", { class: "hint", role: "status" }, words("trust-served"));
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      if (!file) return;
      try {
        const { parse } = await import("../proof/trust.ts");
        this.given = parse(new Uint8Array(await file.arrayBuffer()));
        told.textContent = words("trust-own", file.name, this.given.origin);
      } catch (error) {
        this.given = null;
        told.textContent = isTold(error) ? say(error) : words("trust-bad");
      }
      changed();
    });
    return h(
      "details",
      { class: "trust" },
      h("summary", {}, words("trust")),
      told,
      h("label", {}, words("trust-choose"), " ", input),
    );
  }
}

/** An error in the page's language. */
export function say(error: HuellaError): string {
  return language() === "es" ? error.spanish() : error.message;
}

function isTold(error: unknown): error is HuellaError {
  return error instanceof Error && "spanish" in error;
}

async function readOr(raw: Uint8Array): Promise<Trust | null> {
  const { parse } = await import("../proof/trust.ts");
  try {
    return parse(raw);
  } catch {
    return null;
  }
}
