import * as z from 'zod';
import { podNoticeDetailTypes, podNoticeSchema, podNoticeSource } from '../../events/pod-notice.ts';
import { createMarks } from '../../lib/adapters/dynamodb/create-marks.ts';
import { createSlot } from '../../lib/adapters/dynamodb/create-slot.ts';
import type { DynamoTable } from '../../lib/adapters/dynamodb/dynamo-table.ts';
import { recordKey } from '../../lib/adapters/dynamodb/item-keys.ts';
import { recordSchema } from '../../lib/adapters/dynamodb/record-schema.ts';
import { TTL_ATTRIBUTE, type ItemKey } from '../../lib/adapters/dynamodb/table-definition.ts';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { writeJson } from '../../lib/cli/write-json.ts';
import { METRIC_NAMESPACE, METRICS, TROUBLE_KINDS } from '../../lib/core/metrics.ts';
import { OBSTACLES } from '../../lib/core/node-obstacles.ts';
import { buildNode } from '../../lib/core/node.ts';
import { launchToken } from '../../lib/core/record.ts';
import { describeTask } from '../../lib/providers/ecs-fargate/plan/describe-task.ts';
import { envFileKey } from '../../lib/providers/ecs-fargate/plan/env-file-key.ts';
import { ANNOTATION_SUPPORT } from '../../lib/providers/ecs-fargate/support/support-annotations.ts';
import { MIRROR_TAG } from '../../lib/providers/ecs-fargate/calls/retire-secrets.ts';
import { interfaceAnnotations } from '../../lib/providers/ecs-fargate/tasks/describe-interface.ts';
import { POD_VARIABLE, toMarks } from '../../lib/providers/ecs-fargate/tasks/task-owner.ts';
import { aNodeSettings, aPod } from '../support/vocabulary.ts';

/** Names by the heading under which docs/versioning.md speaks of them, each as one line, in order. */
export type PublicNames = Readonly<Record<string, readonly string[]>>;

/** Every name that something outside of one version relies on, as the code has it now. */
export async function collectPublicNames(): Promise<PublicNames> {
  const names = {
    records: [...itemKeys(), ...fieldsOf(recordSchema)],
    marks: await collectMarks(),
    'task marks': collectTaskMarks(),
    events: [
      `source ${podNoticeSource}`,
      ...Object.values(podNoticeDetailTypes).map((type) => `detail-type ${type}`),
      ...fieldsOf(podNoticeSchema).map((line) => `detail.${line}`),
    ],
    metrics: [
      `namespace ${METRIC_NAMESPACE}`,
      ...Object.entries(METRICS).map(([name, { scope, unit }]) => `${name} of a ${scope} in ${unit}`),
      ...TROUBLE_KINDS.map((kind) => `trouble ${kind}`),
    ],
    annotations: collectAnnotations(),
    node: collectNode(),
    commands: [...[...COMMANDS.keys()].map((name) => `lambdalet ${name}`), `-o json ${outputVersion()}`],
  };
  const sorted = Object.entries(names).map(([heading, lines]) => [heading, [...new Set(lines)].sort()]);
  return Object.fromEntries(sorted) as PublicNames;
}

function outputVersion(): string {
  let written = '';
  writeJson({ stdout: { write: (text: string) => (written += text) } as never }, 'Version', {});
  return String((JSON.parse(written) as { readonly apiVersion: unknown }).apiVersion);
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

/** `task.state: pending | running, always`: each field by its path, with what it may hold. */
function fieldsOf(schema: z.ZodType): string[] {
  return flatten(z.toJSONSchema(schema) as JsonSchema, '');
}

function flatten(schema: JsonSchema, path: string): string[] {
  const { properties, required = [], items, additionalProperties } = schema;
  const below = Object.entries(properties ?? {}).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const presence = required.includes(name) ? 'always' : 'optional';
    return [`${at}: ${typeOf(field)}, ${presence}`, ...flatten(field, at)];
  });
  const inside = [
    ...(items === undefined ? [] : flatten(items, `${path}[]`)),
    ...(typeof additionalProperties === 'object' ? flatten(additionalProperties, `${path}.*`) : []),
    ...[...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].flatMap((one) => flatten(one, path)),
  ];
  return [...below, ...inside];
}

function typeOf({ type, enum: values, const: value, oneOf, anyOf }: JsonSchema): string {
  if (values !== undefined) return values.join(' | ');
  if (value !== undefined) return JSON.stringify(value);
  return type ?? [...(oneOf ?? []), ...(anyOf ?? [])].map(typeOf).join(' | ');
}

function itemKeys(): string[] {
  return [tell(recordKey('<cluster>', '<node>', '<uid>')), `ttl ${TTL_ATTRIBUTE}`];
}

function tell({ pk, sk }: ItemKey): string {
  return `item ${pk} / ${sk}`;
}

/** The slot and the marks, as they are written. */
async function collectMarks(): Promise<string[]> {
  const lines: string[] = [];
  const table = {
    get: () => Promise.resolve(undefined),
    update: (key: ItemKey, changes: object) => {
      lines.push(...pathsIn(changes).map((path) => `${tell(key)}: ${path}`));
      return Promise.resolve({ kind: 'written', item: {} });
    },
  } as unknown as DynamoTable;
  const slot = createSlot(table, '<cluster>');
  const times = { startedAt: 0, until: 0, renewedAt: 0, lastPassAt: 0, lastSweepAt: 0 };
  await slot.take({ holder: 'holder', deployId: 'deploy', ...times }, undefined);
  const marks = createMarks(table, '<cluster>');
  await marks.setRebuilt(0);
  await marks.keepIdentity('uid:', true);
  await marks.setClosing('<node>', true);
  await marks.setBreaker('<node>', { since: 0, why: '', absent: 0, agreedSince: 0 });
  await marks.setQuota('<node>', {
    share: { limit: 0, available: 0 },
    unread: { since: 0, why: '' },
  });
  const told = { since: 0, at: 0, until: 0, message: '' };
  const all = Object.fromEntries(OBSTACLES.map((obstacle) => [obstacle, told]));
  await marks.setObstacles('<node>', { writtenAt: 0, told: all });
  return lines;
}

/** `breaker.since`: every attribute by its path. */
function pathsIn(item: object): string[] {
  return Object.entries(item).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? pathsIn(value).map((path) => `${name}.${path}`) : [name],
  );
}

/** By what a task, its files and copies of secrets are recognised when the table is gone. */
function collectTaskMarks(): string[] {
  const metadata = { uid: '<uid>', namespace: '<namespace>', name: '<name>' };
  const owner = { cluster: '<cluster>', node: '<node>', uid: '<uid>', attempt: 2 };
  const { group, startedBy, pod } = toMarks(owner, aPod({ metadata }));
  return [
    `group ${group}`,
    `startedBy ${startedBy}`,
    `${POD_VARIABLE} ${pod}`,
    `clientToken ${launchToken({ ...owner, try: 0 })}`,
    `clientToken ${launchToken({ ...owner, try: 3 })}`,
    `env file ${envFileKey({ ...owner, container: '<container>' })}`,
    `tag ${MIRROR_TAG}`,
  ];
}

function collectAnnotations(): string[] {
  const size = { cpu: 256, memory: 512, ephemeralGiB: 20 };
  const price = { usd: 0, region: 'eu-west-1', capacityType: 'on-demand' } as const;
  return [
    ...Object.keys(ANNOTATION_SUPPORT).map((name) => `asked by pods: lambdalet.dev/${name}`),
    ...Object.keys({
      ...describeTask({ size, need: size, price }),
      ...interfaceAnnotations([ATTACHED], '10.0.0.1'),
    }).map((name) => `told to pods: ${name}`),
  ];
}

const ATTACHED = {
  ...{ type: 'eni', status: 'ATTACHED' },
  details: [
    { name: 'networkInterfaceId', value: 'eni-1' },
    { name: 'macAddress', value: '02:00:00:00:00:01' },
  ],
};

function collectNode(): string[] {
  const { metadata, spec, status } = buildNode({
    settings: aNodeSettings({ zone: 'eu-west-1a' }),
    ...{
      serverVersion: 'v1.36.0',
      lastPassAt: undefined,
      notReadyWhenStalled: false,
      hasGateway: false,
      now: 0,
    },
    marked: undefined,
  });
  return [
    ...Object.keys(metadata.labels ?? {}).map((name) => `label ${name}`),
    ...(spec?.taints ?? []).map(({ key, value, effect }) => `taint ${key}=${value ?? ''}:${effect}`),
    ...(status?.conditions ?? []).map(({ type }) => `condition ${type}`),
  ];
}
