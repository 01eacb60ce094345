/** A sealed offer on its way to the register, and what comes back: the receipt, shown, checked here and kept. */

import { utf8 } from "../bytes.ts";
import { type KeptOffer, keepOffer } from "../keys.ts";
import { button, h, save } from "./dom.ts";
import { words } from "./words.ts";

/** What the register answered: the entry, and the receipt (an evidence file's text) where it gives one. */
export interface Answer {
  readonly index: number;
  readonly receipt: string | null;
}

/** The answer that is kept of an offer; null where it was never taken. */
export function answerOf(kept: KeptOffer): Answer | null {
  const said = kept.answer;
  if (!said || typeof said !== "object" || !("index" in said)) return null;
  const receipt = "receipt" in said && typeof said.receipt === "string" ? said.receipt : null;
  return { index: Number(said.index), receipt };
}

/** Hand the file in, keep what the register answers, and show it in `told`. The same file is never taken twice. */
export async function deliver(kept: KeptOffer, settings: DOMStringMap, told: HTMLElement): Promise<void> {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "idempotency-key": kept.code,
  };
  if (settings.csrf) headers["x-csrf-token"] = settings.csrf;
  const answer = await fetch(settings.post ?? "", { method: "POST", headers, body: kept.file }).catch(
    () => null,
  );
  const said: unknown = await answer?.json().catch(() => null);
  if (!answer?.ok) {
    const why = answer === null ? words("no-network") : `${words("not-sent")} ${reason(said)}`;
    told.replaceChildren(h("p", { class: "errors", role: "alert" }, why));
    return;
  }
  const now = { ...kept, answer: said };
  await keepOffer(now);
  const found = answerOf(now);
  told.replaceChildren(
    h("p", { class: "received verdict good" }, words("received", found?.index ?? "—")),
    receiptButtons(now, settings),
  );
  if (found?.receipt) await showChecked(kept.code, found.receipt, settings.trust, told);
}

/** What a receipt's holder may save: the file, and the page where the register makes one. */
export function receiptButtons(kept: KeptOffer, settings: DOMStringMap): HTMLElement {
  const receipt = answerOf(kept)?.receipt;
  const told = h("span", { class: "hint", role: "status" });
  if (!receipt) return told;
  const file = button(words("save-receipt"), () => save(`${kept.code}.receipt.huella.json`, utf8(receipt)));
  const page = button(
    words("save-receipt-pdf"),
    async () => {
      const headers = { "content-type": "application/json", "x-csrf-token": settings.csrf ?? "" };
      const answer = await fetch(settings.pdf ?? "", { method: "POST", headers, body: receipt }).catch(
        () => null,
      );
      if (answer?.ok) save(`${kept.code}.pdf`, new Uint8Array(await answer.arrayBuffer()));
      else told.textContent = words("no-receipt-pdf", reason(await answer?.json().catch(() => null)));
    },
    "second",
  );
  return h("div", { class: "actions" }, file, settings.pdf ? page : "", told);
}

/** The receipt's checks, run here against the page's trust file; nothing where the verifier cannot be fetched. */
async function showChecked(
  code: string,
  receipt: string,
  trust: string | undefined,
  told: HTMLElement,
): Promise<void> {
  const [{ judgeFiles }, { showOutcome }, { Trusted }] = await Promise.all([
    import("../cases.ts"),
    import("./outcome.ts"),
    import("./trusted.ts"),
  ]);
  const name = `${code}.receipt.huella.json`;
  const outcomes = await judgeFiles([{ name, bytes: utf8(receipt) }], await new Trusted(trust).get());
  told.append(h("h3", {}, words("receipt-checked")), ...outcomes.map(showOutcome));
}

function reason(said: unknown): string {
  if (!said || typeof said !== "object") return "";
  if ("rule" in said && said.rule === "late") return words("refused-late");
  return "detail" in said ? String(said.detail) : "";
}
