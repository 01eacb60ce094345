/** The party's key as a page shows it: whether the register knows it, and what to do where it does not. */

import { makePartyKey, partySigner } from "../keys.ts";
import type { Signer } from "../records/offer.ts";
import { button, h } from "./dom.ts";
import { type Key, words } from "./words.ts";

/** What the register says of a key: `other` where the party has authorised keys, and this is none of them. */
export type Standing = "live" | "unknown" | "other" | "revoked";
const STANDINGS: readonly string[] = ["live", "unknown", "other", "revoked"];

/** How this browser's key stands by the register; `unknown` where it does not answer. */
export async function standing(address: string | undefined, signer: Signer): Promise<Standing> {
  if (!address) return "unknown";
  const asked = `${address}?key=${encodeURIComponent(signer.key)}`;
  const said: unknown = await fetch(asked)
    .then(answer => answer.json())
    .catch(() => null);
  const state = said && typeof said === "object" && "state" in said ? String(said.state) : "";
  return STANDINGS.includes(state) ? (state as Standing) : "unknown";
}

/** The panel of the key: made here on request, shown to be copied, and its standing in words. */
export async function keyPanel(address: string | undefined): Promise<HTMLElement> {
  const panel = h("section", { class: "key-panel" });
  await show(panel, address);
  return panel;
}

async function show(panel: HTMLElement, address: string | undefined): Promise<void> {
  const title = h("h3", {}, words("key-title"));
  const signer = await partySigner();
  const again = async (): Promise<void> => {
    await makePartyKey();
    await show(panel, address);
  };
  if (signer === null) {
    panel.replaceChildren(
      title,
      h("p", {}, words("no-key")),
      h("div", { class: "actions" }, button(words("make-key"), again, "primary")),
    );
    return;
  }
  const state = await standing(address, signer);
  const told = h("p", { "data-standing": state }, words(`key-${state}` satisfies Key));
  panel.replaceChildren(title, told);
  if (state === "live") return;
  const copied = h("span", { class: "hint", role: "status" });
  const copy = button(
    words("key-copy"),
    async () => {
      await navigator.clipboard.writeText(`${signer.alg} ${signer.key}`);
      copied.textContent = words("key-copied");
    },
    "second",
  );
  panel.append(
    h("p", {}, words("your-key", signer.alg), " ", h("code", { class: "party-key" }, signer.key)),
    h("div", { class: "actions" }, copy, copied),
    h("p", { class: "hint" }, words("key-stays")),
  );
  if (state === "revoked") panel.append(button(words("make-key"), again, "primary"));
}
