/** Nodes that a visitor chooses, asked by JSON-RPC what the contract holds (check 8 online). */

import { bigEndian, hex, isZero, unhex, utf8 } from "./bytes.ts";
import type { Node } from "./proof/issuer.ts";
import { keccak } from "./proof/signatures.ts";
import { holder, type Trust } from "./proof/trust.ts";

const PATIENCE = 10_000;
const ROOT_AT = hex(keccak(utf8("rootAt(uint64)")).subarray(0, 4));

/** A node's address as typed, or null where it is no address of http or https without user and password. */
export function nodeAddress(text: string): string | null {
  try {
    const url = new URL(text.trim());
    const plain = !url.username && !url.password;
    return plain && (url.protocol === "https:" || url.protocol === "http:") ? url.href : null;
  } catch {
    return null;
  }
}

/** One node. Whatever goes wrong rejects, which is no answer. */
export class RpcNode implements Node {
  constructor(
    readonly name: string,
    private readonly trust: Trust,
    private readonly ask: typeof fetch = fetch.bind(globalThis),
  ) {}

  async chainId(): Promise<number> {
    return Number(BigInt(text(await this.call("eth_chainId", []))));
  }

  async rootAt(size: number): Promise<Uint8Array | null> {
    const { contract } = holder(this.trust, size);
    const data = `0x${ROOT_AT}${hex(bigEndian(size, 32))}`;
    const found = await this.call("eth_call", [{ to: `0x${hex(contract)}`, data }, "latest"]);
    const root = unhex(text(found).slice(2, 66));
    if (root?.length !== 32) throw new Error("no head");
    return isZero(root) ? null : root;
  }

  async blockHash(number: number): Promise<Uint8Array | null> {
    const found = await this.call("eth_getBlockByNumber", [`0x${number.toString(16)}`, false]);
    if (found === null) return null;
    const hash = unhex(text((found as { hash?: unknown }).hash).slice(2));
    if (hash?.length !== 32) throw new Error("no hash");
    return hash;
  }

  private async call(method: string, params: unknown[]): Promise<unknown> {
    const answer = await this.ask(this.name, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const said = (await answer.json()) as { result?: unknown };
    if (said.result === undefined) throw new Error("no result");
    return said.result;
  }
}

function text(value: unknown): string {
  if (typeof value !== "string" || !/^0x[0-9a-f]*$/i.test(value)) throw new Error("no hex");
  return value.toLowerCase();
}
