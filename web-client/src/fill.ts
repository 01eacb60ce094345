/** Templates with values: what the pages' words and the verifier's messages have in common. */

export type Word = string | number;

/** A template with its values in the places of `{}`. */
export function fill(template: string, values: readonly Word[]): string {
  let at = 0;
  return template.replaceAll("{}", () => String(values[at++] ?? ""));
}
