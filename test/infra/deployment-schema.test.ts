import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { parse } from 'yaml';
import type * as z from 'zod';
import type { clusterSchema } from '../../infra/cluster-schema.ts';
import type { DeployedCluster, DeploymentFile } from '../../infra/deployment-file.ts';
import type { deploymentSchema } from '../../infra/deployment-schema.ts';
import type {
  Ceiling,
  VirtualClusterKeys,
  VirtualNodeProps,
  VirtualNodeRule,
  VirtualNodeTaint,
} from '../../infra/virtual-cluster-props.ts';
import { renderSchema } from '../../infra/write-schema.ts';
import { DEFAULT_SPOT_PERCENT } from '../../lib/core/capacity-type.ts';
import { EKS, faultsOf, fileOf, NODE, POD_SETTINGS, VPC } from './deployment-text.ts';
import type { Changes } from './deployment-text.ts';

const PROJECT = join(import.meta.dirname, '../..');
const EXAMPLES = join(PROJECT, 'examples');

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | false;
}

const schema = JSON.parse(renderSchema()) as Schema;
/** Strict: a keyword that the validator does not know, or a pattern that is none, is an error here. */
const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });
const isValid = ajv.compile(schema);

/** What the schema says against the text of a file. */
function complaintsAbout(text: string): readonly string[] {
  if (isValid(parse(text))) return [];
  return (isValid.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

interface Key {
  readonly path: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

/** Every key of a mapping and of the mappings below it. */
function keysOf({ properties = {}, required = [] }: Schema, path = ''): readonly Key[] {
  return Object.entries(properties).flatMap(([name, inner]) => [
    { path: `${path}${name}`, schema: inner, isRequired: required.includes(name) },
    ...below(inner, `${path}${name}`),
  ]);
}

function below({ items, properties, additionalProperties, ...rest }: Schema, path: string): readonly Key[] {
  if (properties !== undefined) return keysOf({ properties, ...rest }, `${path}.`);
  if (items !== undefined) return below(items, `${path}[]`);
  return additionalProperties === undefined || additionalProperties === false
    ? []
    : below(additionalProperties, `${path}{}`);
}

describe('the keys of a deployment file', () => {
  /** The same without the differences that say nothing: what may not be written, and what may be `undefined` where it may be missing. */
  type Plain<T> = T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { -readonly [Key in keyof T]: Plain<Exclude<T[Key], undefined>> }
      : T;
  type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
  /** The keys that one of two has and the other has not, or has otherwise. */
  type Differing<A, B> = {
    [Key in keyof A | keyof B]: Key extends keyof A & keyof B
      ? Same<Pick<A, Key>, Pick<B, Key>> extends true
        ? never
        : Key
      : Key;
  }[keyof A | keyof B];

  type File = Plain<z.input<typeof deploymentSchema>>;
  type Cluster = File['clusters'][number];
  type Node = Cluster['nodes'][number];

  it('are the props of the construct, key by key, in both directions', () => {
    expectTypeOf<Differing<Plain<VirtualClusterKeys>, Plain<z.input<typeof clusterSchema>>>>().toBeNever();
    expectTypeOf<Differing<Plain<VirtualNodeProps>, Node>>().toBeNever();
    expectTypeOf<Differing<Plain<Ceiling>, NonNullable<Node['ceiling']>>>().toBeNever();
    expectTypeOf<Differing<Plain<VirtualNodeTaint>, NonNullable<Node['taints']>[number]>>().toBeNever();
    expectTypeOf<Differing<Plain<VirtualNodeRule>, NonNullable<Node['allow']>[number]>>().toBeNever();
  });

  it('are those that the words are about', () => {
    expectTypeOf<Differing<Plain<DeploymentFile>, File>>().toBeNever();
    expectTypeOf<Differing<Plain<DeployedCluster>, Cluster>>().toBeNever();
  });

  it('are told apart by this very comparison', () => {
    expectTypeOf<Differing<{ a?: string; b: 1 }, { a: string; b: 1 }>>().toEqualTypeOf<'a'>();
    expectTypeOf<Differing<{ a: string; b: 1 }, { a: string }>>().toEqualTypeOf<'b'>();
    expectTypeOf<Differing<{ a: 'x' | 'y' }, { a: 'x' }>>().toEqualTypeOf<'a'>();
  });
});

describe('infra/deployment.schema.json', () => {
  it('is what the sources say: `npm run generate` writes it anew', () => {
    expect(readFileSync(join(PROJECT, 'infra/deployment.schema.json'), 'utf8')).toBe(renderSchema());
  });

  it('has words for every key', () => {
    const keys = keysOf(schema);
    expect(keys.length).toBeGreaterThan(80);
    for (const { path, schema: own } of keys) expect(own.description?.length, path).toBeGreaterThan(10);
  });

  it('has a default for every key that has words for one, and each is a value that the key takes', () => {
    for (const { path, schema: own, isRequired } of keysOf(schema)) {
      const saysOne = own.default !== undefined || /Default: /.test(own.description ?? '');
      expect(saysOne, path).toBe(!isRequired);
      if (own.default === undefined) continue;
      expect(ajv.validate(own, own.default), `${path}: ${JSON.stringify(own.default)}`).toBe(true);
    }
  });

  it('says what the functions take where the file says nothing', () => {
    const spot = keysOf(schema).find(({ path }) => path.endsWith('spotPercent'));
    expect(spot?.schema.default).toBe(DEFAULT_SPOT_PERCENT);
  });

  it.each(readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml')))(
    'takes the example %s, whose first line names it',
    (file) => {
      const text = readFileSync(join(EXAMPLES, file), 'utf8');
      expect(complaintsAbout(text)).toEqual([]);
      expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/infra\/deployment\.schema\.json\n/);
    },
  );

  it.each<[string, Changes]>([
    ['nothing but what must be said', {}],
    ['EKS', { ...EKS, accessEntries: true }],
    ['a VPC', { ...VPC, functionDualStack: true }],
    ['everything of a node', { nodes: [{ ...NODE, ...POD_SETTINGS, ceiling: { vcpu: 1 } }] }],
    ['zones', { nodes: [{ name: 'n-{zone}', zones: { 'eu-west-1a': ['subnet-0000000a'] } }] }],
    ['letters of all kinds in tags', { tags: { 'Kostenstelle für': 'Größe = 1' } }],
  ])('takes what is valid: %s', (_, changes) => {
    const text = fileOf([changes], { region: 'eu-west-1', account: '123456789012' });
    expect(faultsOf(text)).toEqual([]);
    expect(complaintsAbout(text)).toEqual([]);
  });

  it.each<[string, Changes, string]>([
    ['a missing key', { clusterName: undefined }, '/clusters/0 required'],
    ['an unknown key', { clutserName: 'a' }, '/clusters/0 additionalProperties'],
    ['another word', { mode: 'fast' }, '/clusters/0/mode enum'],
    ['a text for a flag', { alarms: 'yes' }, '/clusters/0/alarms type'],
    ['a name in capitals', { clusterName: 'Test' }, '/clusters/0/clusterName pattern'],
    ['an account without quotes', { account: 123456789012 }, '/clusters/0/account type'],
    ['too little memory', { podSyncMemory: 128 }, '/clusters/0/podSyncMemory minimum'],
    ['half a MB', { podSyncMemory: 256.5 }, '/clusters/0/podSyncMemory type'],
    ['too large a share', { ecsShare: 50 }, '/clusters/0/ecsShare maximum'],
    ['another retention', { podLogRetentionDays: 8 }, '/clusters/0/podLogRetentionDays enum'],
    ['no node', { nodes: [] }, '/clusters/0/nodes minItems'],
    [
      'too many subnets',
      { functionSubnets: Array<string>(17).fill('subnet-0000000a') },
      '/clusters/0/functionSubnets maxItems',
    ],
    ['a bad quantity', { nodes: [{ ...NODE, cpu: '4 cores' }] }, '/clusters/0/nodes/0/cpu pattern'],
    ['a negative quantity', { nodes: [{ ...NODE, cpu: -4 }] }, '/clusters/0/nodes/0/cpu minimum'],
    ['no zone', { nodes: [{ name: 'a', zones: {} }] }, '/clusters/0/nodes/0/zones minProperties'],
    [
      'a zone that is none',
      { nodes: [{ name: 'a', zones: { a: ['subnet-0000000a'] } }] },
      '/clusters/0/nodes/0/zones propertyNames',
    ],
    [
      'a ceiling of nothing',
      { nodes: [{ ...NODE, ceiling: {} }] },
      '/clusters/0/nodes/0/ceiling minProperties',
    ],
    [
      'a rule for nobody',
      { nodes: [{ ...NODE, allow: [{ serviceAccount: '*' }] }] },
      '/clusters/0/nodes/0/allow/0 required',
    ],
    [
      'an unknown effect of a taint',
      { nodes: [{ ...NODE, taints: [{ key: 'a', effect: 'Never' }] }] },
      '/clusters/0/nodes/0/taints/0/effect enum',
    ],
    ['a tag of AWS', { tags: { 'aws:a': 'b' } }, '/clusters/0/tags propertyNames'],
  ])('refuses what is refused at synth for its shape: %s', (_, changes, complaint) => {
    expect(faultsOf(fileOf([changes]))).not.toEqual([]);
    expect(complaintsAbout(fileOf([changes]))).toContain(complaint);
  });
});

describe('the public surface of the deployment file', () => {
  it('is the one that was reviewed', async () => {
    const lines = keysOf(schema).map(({ path, schema: own, isRequired }) => {
      const otherwise = own.default === undefined ? '' : ` = ${JSON.stringify(own.default)}`;
      return `${path}${isRequired ? '' : '?'}: ${typeText(own)}${otherwise}`;
    });
    await expect(
      `${lines.join('\n')}\n`,
      'The deployment file is public API. A key that goes, one that becomes mandatory, a type or a default that changes breaks files of ' +
        'others: see docs/versioning.md. If the change is meant: `vitest run test/infra/deployment-schema.test.ts --update`',
    ).toMatchFileSnapshot('__golden/deployment-keys.txt');
  });
});

function typeText(own: Schema): string {
  if (own.enum !== undefined) return own.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (own.items !== undefined) return `(${typeText(own.items)})[]${bounds(own.minItems, own.maxItems)}`;
  if (own.properties !== undefined) return `mapping${bounds(own.minProperties, own.maxProperties)}`;
  if (own.additionalProperties) {
    const [key, value] = [own.propertyNames, own.additionalProperties].map((part) => typeText(part ?? {}));
    return `{ ${key}: ${value} }${bounds(own.minProperties, own.maxProperties)}`;
  }
  const pattern = own.pattern === undefined ? '' : ` /${own.pattern}/`;
  return `${[own.type].flat().join(' | ')}${bounds(own.minimum, own.maximum)}${pattern}`;
}

function bounds(least: number | undefined, most: number | undefined): string {
  return least === undefined && most === undefined ? '' : ` ${least ?? ''}..${most ?? ''}`;
}
