/** Passkeys: a button that asks the authenticator and hands its answer to the API (docs/guide/api.md, Signing in). */

import { button, h } from "./dom.ts";
import { words } from "./words.ts";

const SESSION = "/api/v1/session";
const DESK = "/desk";

/** `data-huella="passkey"`: `data-mode` is `enter` (sign in) or `add` (register one, `data-csrf` for a whole session).
 * A browser without passkeys leaves the element empty: the one-time codes stay. */
export function fillPasskey(element: HTMLElement): void {
  if (!("PublicKeyCredential" in window) || !PublicKeyCredential.parseRequestOptionsFromJSON) return;
  const told = h("p", { class: "errors", role: "alert", hidden: true });
  const enters = element.dataset.mode === "enter";
  const work = async (): Promise<void> => {
    told.hidden = true;
    const why = await (enters ? enter() : add(element.dataset.csrf ?? ""));
    if (why === null) return location.assign(element.dataset.then ?? DESK);
    told.textContent = why;
    told.hidden = false;
  };
  element.append(button(words(enters ? "passkey-enter" : "passkey-add"), work, "second"), told);
}

/** Null once somebody is signed in, else why not. */
async function enter(): Promise<string | null> {
  const asked = await post(`${SESSION}/passkey/question`, {}, "");
  if (typeof asked === "string") return asked;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    asked.publicKey as PublicKeyCredentialRequestOptionsJSON,
  );
  const answer = await unlocked(() => navigator.credentials.get({ publicKey }));
  if (answer === null) return words("passkey-none");
  const done = await post(`${SESSION}/passkey`, { asked: asked.asked, credential: answer }, "");
  return typeof done === "string" ? done : null;
}

/** Null once the passkey is registered, else why not. */
async function add(csrf: string): Promise<string | null> {
  const asked = await post(`${SESSION}/passkeys/new`, {}, csrf);
  if (typeof asked === "string") return asked;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    asked as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const answer = await unlocked(() => navigator.credentials.create({ publicKey }));
  if (answer === null) return words("passkey-none");
  const done = await post(`${SESSION}/passkeys`, { credential: answer, name: navigator.platform }, csrf);
  return typeof done === "string" ? done : null;
}

/** The authenticator's answer as JSON; null where the person or the authenticator said no. */
async function unlocked(ask: () => Promise<Credential | null>): Promise<unknown> {
  try {
    const found = await ask();
    return found instanceof PublicKeyCredential ? found.toJSON() : null;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** The answer, or in words why there is none. */
async function post(address: string, body: unknown, csrf: string): Promise<Record<string, unknown> | string> {
  const headers = { "content-type": "application/json", ...(csrf ? { "x-csrf-token": csrf } : {}) };
  try {
    const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.ok) return (await answer.json()) as Record<string, unknown>;
    return words(answer.status === 401 ? "passkey-unknown" : "passkey-failed");
  } catch {
    return words("passkey-failed");
  }
}
