import * as z from 'zod';

/** What may stand in one place of the deployment file, in words: shown beside the value that was seen. */
export interface Rule {
  /** The values allowed, such as `1 to 16 subnet ids`. */
  readonly allowed: string;
  /** What to do about a fault here. */
  readonly wayOut: string;
}

/** The message of every fault in a place with this rule. */
export function ruleText({ allowed, wayOut }: Rule): string {
  return `allowed is ${allowed}; ${wayOut}`;
}

/** A text that matches the pattern. */
export function text(pattern: RegExp, rule: Rule): z.ZodString {
  return z.string({ error: ruleText(rule) }).regex(pattern, { error: ruleText(rule) });
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(
  words: Words,
  wayOut: string,
): z.ZodEnum<{ [Word in Words[number]]: Word }> {
  return z.enum(words, { error: ruleText({ allowed: words.join(' | '), wayOut }) });
}

/** `true` or `false`; YAML's other spellings are texts, and refused. */
export function flag(wayOut: string): z.ZodBoolean {
  return z.boolean({ error: ruleText({ allowed: 'true | false', wayOut }) });
}

/** A number between two bounds, both allowed. */
export function between(least: number, most: number, rule: Rule): z.ZodNumber {
  const error = ruleText(rule);
  return z.number({ error }).min(least, { error }).max(most, { error });
}

/** A mapping that knows all of its keys: an unknown one is a fault, because a typing error must not become a default. */
export function mapping<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  wayOut: string,
): z.ZodObject<Shape, z.core.$strict> {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `allowed are ${keys}; correct or remove it`
        : ruleText({ allowed: `a mapping of ${keys}`, wayOut }),
  });
}

/** A list with bounds. */
export function list<Item extends z.ZodType>(
  item: Item,
  bounds: { readonly min: number; readonly max: number },
  rule: Rule,
): z.ZodArray<Item> {
  const error = ruleText(rule);
  return z.array(item, { error }).min(bounds.min, { error }).max(bounds.max, { error });
}
