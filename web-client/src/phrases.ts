/** Spanish of the messages that the Python verifier has too (texts.json, written by tools/browser_texts.py). */

import texts from "./texts.json" with { type: "json" };

const messages: Readonly<Record<string, string>> = texts.messages;

/** The Spanish of a template; itself where there is none. */
export function phrase(template: string): string {
  return Object.hasOwn(messages, template) ? (messages[template] ?? template) : template;
}
