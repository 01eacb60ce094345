/** "Check it yourself": the numbered checks of one record, run here, also against nodes that the visitor names. */

import { judgeFiles } from "../cases.ts";
import { nodeAddress, RpcNode } from "../nodes.ts";
import { button, fetchBytes, h, save } from "./dom.ts";
import { command, showOutcome } from "./outcome.ts";
import { Trusted } from "./trusted.ts";
import { words } from "./words.ts";

/** `data-huella="check"`: a button, what it found, nodes, and the command that does the same offline. */
export function fillCheck(element: HTMLElement): void {
  const { evidence, document: paper } = element.dataset;
  const trusted = new Trusted(element.dataset.trust);
  const results = h("div", { class: "results", "aria-live": "polite" });
  const name = nameOf(evidence ?? "");
  const nodes = h("textarea", { rows: "3", spellcheck: "false", placeholder: "https://…" });

  const run = async (addresses: readonly string[]): Promise<void> => {
    results.replaceChildren(h("p", { role: "status" }, words("checking")));
    const [found, document, trust] = await Promise.all([
      fetchBytes(evidence),
      fetchBytes(paper),
      trusted.get(),
    ]);
    if (!found) {
      results.replaceChildren(h("p", { role: "alert" }, words("no-evidence")));
      return;
    }
    const files = [{ name, bytes: found }];
    if (document) files.push({ name: nameOf(paper ?? ""), bytes: document });
    const asked = trust ? addresses.map(address => new RpcNode(address, trust)) : [];
    results.replaceChildren(...(await judgeFiles(files, trust, asked)).map(showOutcome));
  };
  const ask = async (): Promise<void> => {
    const typed = nodes.value.split(/\s+/).filter(Boolean);
    const addresses = typed.flatMap(text => nodeAddress(text) ?? []);
    if (!addresses.length || addresses.length < typed.length) {
      results.replaceChildren(h("p", { role: "alert" }, words("bad-node")));
      return;
    }
    await run(addresses);
  };
  const keep = async (): Promise<void> => {
    const found = await fetchBytes(evidence);
    if (found) save(name, found);
  };
  element.replaceChildren(
    h(
      "div",
      { class: "actions" },
      button(words("check-here"), () => run([]), "primary"),
      button(words("keep"), keep, "second"),
    ),
    results,
    trusted.field(() => void run([])),
    h(
      "details",
      { class: "nodes" },
      h("summary", {}, words("ask-nodes")),
      h("label", {}, words("nodes-label"), nodes),
      button(words("ask"), ask),
    ),
    h("p", { class: "hint" }, words("offline-command"), " ", command(name)),
  );
}

function nameOf(address: string): string {
  const last = new URL(address, location.href).pathname.split("/").filter(Boolean);
  const name = last[last.length - 1] ?? "evidencia";
  if (name === "evidence") return `${last[last.length - 2] ?? "evidencia"}.huella.json`;
  return decodeURIComponent(name);
}
