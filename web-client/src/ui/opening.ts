/** The opening key of a requirement, made here: only its public half goes to the register. */

import { utf8 } from "../bytes.ts";
import { newIdentity } from "../records/envelope.ts";
import { button, h, save } from "./dom.ts";
import { words } from "./words.ts";

/** `data-huella="opening-key"`: a button beside the field whose id is in `data-for`. */
export async function fillOpeningKey(element: HTMLElement): Promise<void> {
  const told = h("p", { class: "hint", role: "status" });
  const make = async (): Promise<void> => {
    const [identity, recipient] = await newIdentity();
    save("apertura.key.txt", utf8(`# public key: ${recipient}\n${identity}\n`));
    const field = document.getElementById(element.dataset.for ?? "");
    if (field instanceof HTMLInputElement) field.value = recipient;
    told.textContent = words("opening-made");
  };
  element.replaceChildren(button(words("opening-make"), make, "second"), told);
}
