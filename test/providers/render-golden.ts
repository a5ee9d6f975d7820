// What a manifest becomes, as the texts of its golden files.
import { gunzipSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { parseAllDocuments, stringify } from 'yaml';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import { readInputs } from '../../lib/loop/read-inputs.ts';
import { bindSecrets } from '../../lib/providers/ecs-fargate/plan/bind-secrets.ts';
import {
  planPod,
  type PodPlan,
  type UnreadyPod,
  type UnsupportedPod,
} from '../../lib/providers/ecs-fargate/plan/plan-pod.ts';
import { HELPERS, type EnvFile } from '../../lib/providers/ecs-fargate/plan/plan-types.ts';
import { toRunTaskInput } from '../../lib/providers/ecs-fargate/plan/to-run-task-input.ts';
import { WAITER_SCRIPT } from '../../lib/providers/ecs-fargate/plan/waiter-script.ts';
import { WRAPPER_SCRIPT } from '../../lib/providers/ecs-fargate/plan/wrap-start.ts';
import { aRecord, NODES, SETTINGS } from './fixtures.ts';
import { manifestObjects, type ManifestDocument } from './manifest-objects.ts';

/** The golden files of a case by their ending; `undefined`: no such file may exist. */
export type GoldenFiles = Readonly<Record<string, string | undefined>>;

const NONE: GoldenFiles = {
  'task-definition.json': undefined,
  'run-task.json': undefined,
  'env-files.json': undefined,
  'refused.yaml': undefined,
  'unready.yaml': undefined,
};

/** The pod of a manifest, and the objects beside it. */
export function readManifest(text: string): {
  readonly pod: Pod;
  readonly documents: readonly ManifestDocument[];
} {
  const documents = parseAllDocuments(text, { version: '1.1' }).map(
    (document) => document.toJS() as ManifestDocument,
  );
  const pod = documents.find(({ kind }) => kind === 'Pod') as unknown as Pod | undefined;
  if (pod === undefined) throw new Error('the manifest has no Pod');
  return { pod, documents: documents.filter(({ kind }) => kind !== 'Pod') };
}

/** The node of the fixtures that a pod names. */
export function nodeOf({ spec }: Pod): NodeSettings {
  const node = NODES.find(({ name }) => name === spec.nodeName);
  if (node === undefined) throw new Error(`no node of the fixtures is called ${spec.nodeName ?? ''}`);
  return node;
}

/** A pod as ECS would get it, or why not. */
export type Planned =
  | { readonly launched: false; readonly plan: UnsupportedPod | UnreadyPod }
  | { readonly launched: true; readonly plan: PodPlan; readonly runTask: ReturnType<typeof toRunTaskInput> };

/** The plan of a manifest's pod on its node, with what the other documents say, and its launch if there is one. */
export async function planManifest(text: string): Promise<Planned> {
  const { pod, documents } = readManifest(text);
  return planWith(pod, documents);
}

/** The plan of a pod on its node, with the objects beside it, and its launch if there is one. */
export async function planWith(pod: Pod, documents: readonly ManifestDocument[]): Promise<Planned> {
  const node = nodeOf(pod);
  const inputs = await readInputs(pod, node, manifestObjects(pod, documents));
  const draft = planPod(pod, node, SETTINGS);
  const plan = planPod(pod, node, SETTINGS, inputs);
  if (plan.kind !== 'plan') return { launched: false, plan };
  // A claim's volume and a mirrored secret are in the definition; contents never are.
  const isFixed = plan.mirrored.length === 0 && inputs.claims.size === 0;
  if (isFixed && (draft.kind !== 'plan' || draft.hash !== plan.hash))
    throw new Error('what was read changed the definition, which replicas share');
  const bound = bindSecrets(plan, new Map(plan.mirrored.map(({ name }) => [name, arnOf(name)])));
  const record = aRecord(pod, { node: node.name, attempt: 2 });
  const runTask = toRunTaskInput({
    ...{ pod, record, node, settings: SETTINGS, plan: bound },
    ...{ ecsCluster: 'lambdalet-demo', taskDefinition: bound.family },
  });
  return { launched: true, plan: bound, runTask };
}

/** Everything that the pod of a manifest becomes. */
export async function renderManifest(text: string): Promise<GoldenFiles> {
  const planned = await planManifest(text);
  if (!planned.launched) {
    const { plan } = planned;
    if (plan.kind === 'unsupported') return { ...NONE, 'refused.yaml': stringify(plan.faults, YAML) };
    const { failure, notes } = plan;
    return { ...NONE, 'unready.yaml': stringify({ failure, events: notes }, YAML) };
  }
  const { plan, runTask } = planned;
  const { family, definition, warnings, notes, annotations } = plan;
  return {
    ...NONE,
    'task-definition.json': toJson({ family, ...definition }),
    'run-task.json': toJson({ runTask, annotations, ...some({ warnings }), ...some({ events: notes }) }),
    'env-files.json': renderSecrets(plan),
  };
}

const YAML = { lineWidth: 0 } as const;

const some = <Part extends Readonly<Record<string, readonly unknown[]>>>(part: Part): Partial<Part> =>
  Object.values(part).every((list) => list.length === 0) ? {} : part;

const arnOf = (name: string) => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-AbCdEf`;

function renderSecrets({ envFiles, mirrored }: PodPlan): string | undefined {
  if (envFiles.length + mirrored.length === 0) return undefined;
  const files = Object.fromEntries(envFiles.map((file) => [file.container, linesOf(file)]));
  const secrets = Object.fromEntries(mirrored.map(({ name, value }) => [name, JSON.parse(value) as unknown]));
  return toJson({ files, ...(mirrored.length === 0 ? {} : { secretsManager: secrets }) });
}

function linesOf({ container, content }: EnvFile): unknown {
  const lines = content.split('\n').slice(0, -1);
  return container === HELPERS.writer ? filesIn(lines) : lines;
}

/** An archive as a list of its files: mode, owner and content. */
function filesIn(lines: readonly string[]): unknown {
  const variables = new Map(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const count = Number(variables.get('LAMBDALET_FILES_COUNT'));
  const base64 = Array.from({ length: count }, (_, index) => variables.get(`LAMBDALET_FILES_${index}`)).join(
    '',
  );
  const items = parseTar(Uint8Array.from(gunzipSync(Buffer.from(base64, 'base64'))));
  return items.map(({ name, type, text, attrs }) => ({
    name,
    mode: attrs?.mode,
    owner: `${attrs?.uid ?? 0}:${attrs?.gid ?? 0}`,
    ...(type === 'file' ? { content: text } : {}),
  }));
}

/** Scripts that are the same in every case are named; others are lists of lines, so that a difference can be read. */
function toJson(value: unknown): string {
  const scripts = new Map([
    [WAITER_SCRIPT, '<the script of the waiter>'],
    [WRAPPER_SCRIPT, '<the script of the wrapper>'],
  ]);
  const readable = (_: string, part: unknown): unknown => {
    if (typeof part !== 'string' || !part.includes('\n')) return part;
    return scripts.get(part) ?? part.split('\n');
  };
  return `${JSON.stringify(value, readable, 2)}\n`;
}
