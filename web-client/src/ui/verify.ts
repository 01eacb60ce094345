/** The verification page and the small drop zone of `/v/{code}`: files are read here and never leave the browser. */

import type { Given } from "../cases.ts";
import { button, h } from "./dom.ts";
import { Trusted } from "./trusted.ts";
import { words } from "./words.ts";

const MAX_FILE = 134_217_728;

/** `data-huella="verify"`: drop zone, trust file, camera; works without a network once it was open. */
export function fillVerify(element: HTMLElement): void {
  const { root, trusted, again } = dropZone(element);
  root.append(trusted.field(again));
  const place = h("div", { class: "camera" });
  const domain = element.dataset.domain ?? location.origin;
  const scan = button(words("scan"), async () => {
    const { openCamera } = await import("./scan.ts");
    await openCamera(place, domain);
  });
  root.append(h("div", { class: "actions" }, scan), place);
  element.replaceChildren(root);
  void keepForOffline(element.dataset.trust).catch(() => undefined);
}

/** Let the service worker see the page and the trust file, so that both are there without a network. */
async function keepForOffline(trust: string | undefined): Promise<void> {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  await serviceWorker.register("/sw.js", { scope: "/" });
  await serviceWorker.ready;
  if (!serviceWorker.controller) {
    await new Promise(resolve => serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  }
  const styles = [...document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")].map(
    link => link.href,
  );
  await Promise.all([location.pathname, ...styles, ...(trust ? [trust] : [])].map(address => fetch(address)));
  document.documentElement.dataset.offline = "ready";
}

/** `data-huella="drop"`: the drop zone alone. */
export function fillDrop(element: HTMLElement): void {
  element.replaceChildren(dropZone(element).root);
}

function dropZone(element: HTMLElement): { root: HTMLElement; trusted: Trusted; again: () => void } {
  const trusted = new Trusted(element.dataset.trust);
  const input = h("input", {
    type: "file",
    multiple: true,
    accept: ".pdf,.json,application/pdf,application/json",
  });
  const zone = h(
    "label",
    { class: "drop-zone" },
    h("span", { class: "drop-title" }, words("drop")),
    h("span", { class: "hint" }, words("never-uploaded")),
    input,
  );
  const results = h("div", { class: "results", "aria-live": "polite" });
  let last: Given[] = [];
  const again = (): void => {
    if (last.length) void judge(last, trusted, results);
  };
  const take = async (files: FileList | null | undefined): Promise<void> => {
    if (!files?.length) return;
    last = await readAll([...files]);
    await judge(last, trusted, results);
  };
  input.addEventListener("change", () => void take(input.files));
  zone.addEventListener("dragover", event => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", event => {
    event.preventDefault();
    zone.classList.remove("over");
    void take(event.dataTransfer?.files);
  });
  return { root: h("div", { class: "huella-verify" }, zone, results), trusted, again };
}

async function readAll(files: readonly File[]): Promise<Given[]> {
  const small = files.filter(file => file.size <= MAX_FILE);
  return Promise.all(
    small.map(async file => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
}

async function judge(files: readonly Given[], trusted: Trusted, results: HTMLElement): Promise<void> {
  results.replaceChildren(h("p", { role: "status" }, words("checking")));
  // the words above are painted before the work begins
  await new Promise(resolve => setTimeout(resolve, 0));
  // fetched with the first file: who only reads the page does not pay for it
  const [{ judgeFiles }, { showOutcome }] = await Promise.all([
    import("../cases.ts"),
    import("./outcome.ts"),
  ]);
  const outcomes = await judgeFiles(files, await trusted.get());
  results.replaceChildren(...outcomes.map(showOutcome));
}
