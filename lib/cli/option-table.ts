/** One option of a command. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** One letter. */
  readonly short?: string;
  /** May be given more than once. */
  readonly multiple?: true;
  /** What stands for the value in the usage. */
  readonly value?: string;
  readonly about: string;
  /** All values that there are. */
  readonly oneOf?: readonly string[];
  /** What a value must look like. */
  readonly like?: ValueRule;
}

/** A rule for a text, and what it allows in words. */
export interface ValueRule {
  readonly pattern: RegExp;
  readonly allowed: string;
}

/** The options of a command by their long names. */
export type OptionTable = Readonly<Record<string, Option>>;

type ValueOf<One extends Option> = One extends { readonly type: 'boolean' }
  ? boolean
  : One extends { readonly multiple: true }
    ? readonly string[]
    : One extends { readonly oneOf: readonly (infer Word)[] }
      ? Word | undefined
      : string | undefined;

/** What was given: `false` or `[]` for what was not, where that is a value. */
export type Given<Table extends OptionTable> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/** A Region, as several commands take one. */
export const REGION: ValueRule = {
  pattern: /^[a-z]{2}(-[a-z]+)+-\d$/,
  allowed: 'a Region such as eu-west-1',
};

/** `-o`: every command has it. */
export const OUTPUT = {
  type: 'string',
  short: 'o',
  value: 'FORMAT',
  oneOf: ['text', 'json'],
  about: 'text (default) or json',
} as const satisfies Option;

/** `-c`: every command has it for which a deployment file means something. */
export const CONFIG = {
  type: 'string',
  short: 'c',
  value: 'FILE',
  about: 'the deployment file',
} as const satisfies Option;

/** Which cluster of the deployment file. */
export const CLUSTER = {
  type: 'string',
  value: 'NAME',
  about: 'clusterName of one cluster in it; needed where it has several',
} as const satisfies Option;
