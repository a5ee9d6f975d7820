// The words of the tests of volumes: pods that mount something, what they refer to, and what becomes of them in a real shell.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container, Pod, PodSpec } from '../../lib/core/kubernetes.ts';
import {
  tokenKey,
  type BoundToken,
  type ClaimedVolume,
  type ConfigObject,
  type PodInputs,
  type Reading,
} from '../../lib/core/pod-inputs.ts';
import { TOKEN_SECONDS } from '../../lib/core/pod-needs.ts';
import type { PlanContext, PlannedVolumes } from '../../lib/providers/ecs-fargate/plan/plan-types.ts';
import { aContainer, aPod, ON_DEMAND, SETTINGS, T0 } from './fixtures.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];
type Mount = NonNullable<Container['volumeMounts']>[number];

/** What the pod refers to, in short: texts (or bytes) by key, claims by name, one token. */
export interface Given {
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;
  readonly claims?: Readonly<Record<string, ClaimedVolume>>;
  readonly token?: Reading<BoundToken>;
  readonly unreadable?: string;
}

export const A_TOKEN: Reading<BoundToken> = {
  kind: 'found',
  value: { token: 'header.payload.signature', expiresAt: T0 + 3_600_000 },
};

function inputsOf(given: Given): PodInputs {
  const { unreadable, token, claims = {} } = given;
  const objects = (of: Given['secrets'] = {}): Map<string, Reading<ConfigObject>> =>
    new Map([
      ...Object.entries(of).map(([name, data]) => [name, found(toObject(data))] as const),
      ...(unreadable === undefined
        ? []
        : [[unreadable, { kind: 'unreadable', message: `${unreadable} is forbidden` }] as const]),
    ]);
  const key = tokenKey({ audience: '', expirationSeconds: TOKEN_SECONDS });
  return {
    configMaps: objects(given.configMaps),
    secrets: objects(given.secrets),
    tokens: new Map(token === undefined ? [] : [[key, token]]),
    claims: new Map([
      ...Object.entries(claims).map(([name, claim]) => [name, found(claim)] as const),
      ...(unreadable === undefined
        ? []
        : [[unreadable, { kind: 'unreadable', message: `${unreadable} is forbidden` }] as const]),
    ]),
    serviceAccount: undefined,
    services: [],
    networkPolicies: [],
    apiEndpoint: undefined,
  };
}

function found<Value>(value: Value): Reading<Value> {
  return { kind: 'found', value };
}

function toObject(data: Readonly<Record<string, string | Uint8Array>>): ConfigObject {
  return {
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [
        key,
        typeof value === 'string' ? { kind: 'text', text: value } : { kind: 'bytes', bytes: value },
      ]),
    ),
  };
}

/** The plan of the pod's volumes is made from this; without `given` it is the draft. */
export function contextOf(pod: Pod, given?: Given): PlanContext {
  return {
    pod,
    node: ON_DEMAND,
    settings: SETTINGS,
    size: { cpu: 256, memory: 1024 },
    inputs: given === undefined ? undefined : inputsOf(given),
  };
}

/** A pod whose one container mounts every volume at `/<its name>`. */
export function aPodMounting(volumes: readonly Volume[], spec: Partial<PodSpec> = {}): Pod {
  const mounts = volumes.map(({ name }): Mount => ({ name, mountPath: `/${name}` }));
  return aPod({ containers: [aContainer({ volumeMounts: mounts })], volumes: [...volumes], ...spec });
}

/** A pod with these containers' mounts, by the container's name. */
export function aPodWhere(
  mounts: Readonly<Record<string, readonly Mount[]>>,
  volumes: readonly Volume[],
  more: Partial<Container> = {},
): Pod {
  const containers = Object.entries(mounts).map(([name, own]) =>
    aContainer({ name, ...more, volumeMounts: [...own] }),
  );
  return aPod({ containers, volumes: [...volumes] });
}

export const mountsOf = (planned: PlannedVolumes, container = 'main') =>
  planned.mounts
    .get(container)
    ?.mountPoints?.map(
      ({ sourceVolume, containerPath, readOnly }) =>
        `${sourceVolume ?? '?'}:${containerPath ?? '?'}${readOnly === true ? ':ro' : ''}`,
    );

/** Faults as `path: note`, what is missing as `reason/event: message`. */
export const problemsOf = ({ problems }: PlannedVolumes): readonly string[] =>
  problems.map((problem) =>
    problem.kind === 'fault'
      ? `${problem.path}: ${problem.note}`
      : `${problem.reason}/${problem.event}: ${problem.message}`,
  );

const BUSYBOX = '/bin/busybox';
const SHELL = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim();

/** Why the writer's script cannot be run here; `undefined`: it can. */
export const WHY_NO_SHELL: string | undefined =
  SHELL === '' ? 'there is no busybox' : process.getuid?.() === 0 ? undefined : 'this is not root';

/** A file system with nothing but busybox, in which the writer's script runs as in its image. */
export interface Sandbox {
  readonly volumes: string;
  run(
    script: string,
    variables?: ReadonlyMap<string, string>,
  ): { readonly status: number | null; readonly stderr: string };
  remove(): void;
}

export function aSandbox(volumes: readonly string[]): Sandbox {
  const root = mkdtempSync(join(tmpdir(), 'writer-'));
  for (const name of ['bin', 'tmp', ...volumes.map((volume) => `volumes/${volume}`)])
    mkdirSync(join(root, name), { recursive: true });
  copyFileSync(SHELL, join(root, BUSYBOX));
  chmodSync(join(root, BUSYBOX), 0o755);
  const applets = spawnSync(SHELL, ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
  for (const applet of applets) if (applet !== 'busybox') symlinkSync(BUSYBOX, join(root, 'bin', applet));
  return {
    volumes: join(root, 'volumes'),
    run: (script, variables = new Map()) => {
      const env = { PATH: '/bin', ...Object.fromEntries(variables) };
      return spawnSync('/usr/sbin/chroot', [root, '/bin/sh', '-c', script], { env, encoding: 'utf8' });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
