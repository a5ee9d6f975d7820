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

/** How the CDK writes a text that it does not know while an app is built, such as the id of a resource that the same app makes. */
const TOKEN = /\$\{Token\[/;
/** The same for a list, of which not even the length is known. */
const LIST_TOKEN = /#\{Token\[/;
/** What a lookup of the CDK answers before it has looked: it must pass, or the CLI never comes to look. */
const LOOKUP = /^[ps]-(12345|67890)$|^dummy1[ab]$|^dummy-value-for-/;

/** Whether a text holds what only the CDK app can resolve that has written it. */
export function isToken(value: string): boolean {
  return TOKEN.test(value) || LIST_TOKEN.test(value);
}

/** Whether a text is not known while the app is built. */
export function isKnownLater(value: string): boolean {
  return isToken(value) || LOOKUP.test(value);
}

/** A text that matches the pattern, or one that is known only later. */
export function text(pattern: RegExp, rule: Rule): z.ZodString {
  return matching(pattern, rule, (value) => TOKEN.test(value) || LOOKUP.test(value));
}

/** A text that matches the pattern and that other things are named after: it must be known while the app is built. */
export function word(pattern: RegExp, rule: Rule): z.ZodString {
  return matching(pattern, rule, (value) => LOOKUP.test(value));
}

function matching(pattern: RegExp, rule: Rule, isFine: (value: string) => boolean): z.ZodString {
  return z
    .string({ error: ruleText(rule) })
    .refine((value) => isFine(value) || pattern.test(value), {
      error: ({ input }) =>
        typeof input === 'string' && LIST_TOKEN.test(input)
          ? ruleText({
              allowed: 'a list whose length is known while the app is built',
              wayOut: 'name its items one by one',
            })
          : ruleText(rule),
    })
    .meta({ pattern: pattern.source });
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

/** A whole number between two bounds, both allowed. */
export function whole(least: number, most: number, rule: Rule): z.ZodNumber {
  return between(least, most, rule).int({ error: ruleText(rule) });
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
