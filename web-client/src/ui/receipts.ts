/** The offers of this browser: their copies, what was answered, and the party's public key. */

import { utf8 } from "../bytes.ts";
import { type KeptOffer, keptOffers, makePartyKey, partySigner } from "../keys.ts";
import { button, h, save } from "./dom.ts";
import { words } from "./words.ts";

/** `data-huella="receipts"`: a list, and the key. */
export async function fillReceipts(element: HTMLElement): Promise<void> {
  const [signer, kept] = await Promise.all([partySigner(), keptOffers()]);
  const again = async (): Promise<void> => {
    await makePartyKey();
    await fillReceipts(element);
  };
  const key = signer
    ? h("p", {}, words("your-key", signer.alg), " ", h("code", { class: "party-key" }, signer.key))
    : h("div", {}, h("p", {}, words("no-key")), button(words("make-key"), again, "primary"));
  const rows = kept.sort((one, other) => (one.sealedAt < other.sealedAt ? 1 : -1)).map(row);
  element.replaceChildren(
    key,
    rows.length ? h("ul", { class: "kept-offers" }, ...rows) : h("p", {}, words("no-offers")),
  );
}

function row(kept: KeptOffer): HTMLElement {
  const answer = kept.answer === undefined ? [] : [button(words("save-answer"), () => keep(kept))];
  return h(
    "li",
    { "data-code": kept.code },
    h("strong", {}, kept.code),
    ` · ${kept.requirement} · ${kept.sealedAt.slice(0, 16).replace("T", " ")} UTC `,
    button(words("save-copy"), () => save(`${kept.code}.copy.json`, utf8(kept.copy))),
    ...answer,
  );
}

function keep(kept: KeptOffer): void {
  save(`${kept.code}.received.json`, utf8(JSON.stringify(kept.answer)));
}
