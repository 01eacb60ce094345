/** Elements without innerHTML: what comes from files is text and stays text. */

type Attributes = Readonly<Record<string, string | boolean | undefined>>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** A button that cannot be pressed twice while its work goes on. */
export function button(label: string, work: () => unknown, kind = ""): HTMLButtonElement {
  const made = h("button", { type: "button", class: `button ${kind}`.trim() }, label);
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await work();
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

/** Bytes of an address on this site; null where there is none. */
export async function fetchBytes(address: string | undefined): Promise<Uint8Array | null> {
  if (!address) return null;
  try {
    const answer = await fetch(address);
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  }
}

/** Hand a file to the visitor. */
export function save(name: string, bytes: Uint8Array): void {
  const address = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const link = h("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
