import type { Container, PodSpec } from '../../lib/core/kubernetes.ts';
import type { MemoryControls } from '../memory/memory-kubernetes.ts';
import type { Behaviour, InitWish, PodWish, ProbeWish } from './deeds.ts';
import { NEEDS, type InputWish } from './inputs.ts';
import { FAILURES } from './sickness.ts';

/** What must never be seen outside of its channel: it is in the environment of every container. */
export const CANARY = 'canary-9f3c';
export const NAMESPACE = 'default';
const FINALIZER = 'example.com/keep';
const IMAGE = 'public.ecr.aws/demo/app:1';

/** The manifest of a pod. */
export function toPod(
  { name, node }: { readonly name: string; readonly node: string },
  wish: PodWish,
): Parameters<MemoryControls['addPod']>[0] {
  const { inputs = [], inits = [] } = wish;
  const volumes = inputs.filter(({ how }) => how === 'volume').map(toVolume);
  return {
    ...{ name, node, namespace: NAMESPACE },
    annotations: {
      token: `${CANARY}-annotation`,
      ...(inputs.length > 0 && { [NEEDS]: inputs.map((input) => `${input.kind}/${input.name}`).join(' ') }),
    },
    ...(wish.finalizer === true && { finalizers: [FINALIZER] }),
    spec: {
      restartPolicy: wish.policy,
      terminationGracePeriodSeconds: wish.graceSeconds,
      ...(wish.deadlineSeconds !== undefined && { activeDeadlineSeconds: wish.deadlineSeconds }),
      ...(wish.unsupported === true && { hostNetwork: true }),
      ...(volumes.length > 0 && { volumes }),
      ...(inits.length > 0 && { initContainers: inits.map(toInit) }),
      containers: wish.containers.map((behaviour, index) => toContainer(wish, behaviour, index)),
    },
  };
}

function toVolume({ kind, name }: InputWish, index: number): NonNullable<PodSpec['volumes']>[number] {
  const volume = { name: `files-${index}` };
  return kind === 'ConfigMap'
    ? { ...volume, configMap: { name } }
    : { ...volume, secret: { secretName: name } };
}

function toInit(wish: InitWish, index: number): Container {
  const base = { name: `i${index}`, image: IMAGE };
  const run = (script: string): Container => ({ ...base, command: ['sh', '-c', script] });
  switch (wish.kind) {
    case 'exits':
      return run(`sleep ${wish.afterSeconds}; exit ${wish.code}`);
    case 'hangs':
      return run('sleep infinity');
    case 'sidecar':
      return { ...run('sleep infinity'), restartPolicy: 'Always' };
  }
}

/** Only the first container has inputs, a probe and a hook. */
function toContainer(wish: PodWish, behaviour: Behaviour, index: number): Container {
  const image = behaviour.kind === 'cannotBePulled' ? 'registry.invalid/app:1' : IMAGE;
  const { inputs = [], probe, preStopSeconds, wantsAddress, vcpu } = index === 0 ? wish : {};
  const volumeMounts = inputs
    .filter(({ how }) => how === 'volume')
    .map((_, nth) => ({ name: `files-${nth}`, mountPath: `/files-${nth}` }));
  const envFrom = inputs.filter(({ how }) => how === 'envFrom').map(toSource);
  return {
    name: `c${index}`,
    image,
    command: ['sh', '-c', scriptOf(behaviour)],
    env: [
      { name: 'PASSWORD', value: `${CANARY}-value` },
      { name: 'TOKEN', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['token']" } } },
      ...(wantsAddress === true
        ? [{ name: 'ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }]
        : []),
      ...inputs.filter(({ how }) => how === 'env' || how === 'line').map(toVariable),
    ],
    ...(vcpu !== undefined && { resources: { requests: { cpu: String(vcpu) } } }),
    ...(envFrom.length > 0 && { envFrom }),
    ...(volumeMounts.length > 0 && { volumeMounts }),
    ...(probe !== undefined && { [`${probe.kind}Probe`]: toProbe(probe) }),
    ...(preStopSeconds !== undefined && { lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } } }),
  };
}

function toProbe({ by, kind }: ProbeWish): NonNullable<Container['livenessProbe']> {
  const numbers = { periodSeconds: 10, failureThreshold: FAILURES };
  return by === 'exec'
    ? { ...numbers, exec: { command: ['true'] } }
    : { ...numbers, httpGet: { port: 8080, path: `/${kind}` } };
}

function toVariable({ kind, name, how }: InputWish, index: number): NonNullable<Container['env']>[number] {
  const key = how === 'line' ? 'lines' : 'mode';
  const ref = { name, key };
  const valueFrom = kind === 'ConfigMap' ? { configMapKeyRef: ref } : { secretKeyRef: ref };
  return { name: `INPUT_${index}`, valueFrom };
}

/** What cannot be carried is no part of `mode`; the whole Secret has lines, which go another way. */
function toSource({ kind, name }: InputWish): NonNullable<Container['envFrom']>[number] {
  return kind === 'ConfigMap' ? { configMapRef: { name } } : { secretRef: { name } };
}

function scriptOf(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case 'runs': {
      const traps = { obeys: '', exits0: "trap 'exit 0' TERM; ", ignores: "trap '' TERM; " };
      return `${traps[behaviour.onTerm]}sleep infinity`;
    }
    case 'exits':
      return `sleep ${behaviour.afterSeconds}; exit ${behaviour.code}`;
    case 'cannotBePulled':
      return 'sleep infinity';
  }
}

/** The pod in words. */
export function tellWish({
  wantsAddress,
  policy,
  containers,
  inits = [],
  inputs = [],
  probe,
  preStopSeconds,
  vcpu,
}: PodWish): string {
  const parts = [
    ...inits.map(tellInit),
    ...containers.map(tellBehaviour),
    ...inputs.map(({ kind, name, how }) => `needs ${kind} ${name} (${how})`),
    ...(probe === undefined ? [] : [`${probe.kind} probe by ${probe.by}`]),
    ...(vcpu === undefined ? [] : [`takes ${vcpu} vCPU`]),
    ...(wantsAddress === true ? ['wants its address'] : []),
    ...(preStopSeconds === undefined ? [] : [`sleeps ${preStopSeconds} s before it stops`]),
  ];
  return `${policy}: ${parts.join(', ')}`;
}

function tellInit(wish: InitWish): string {
  if (wish.kind === 'exits') return `init exits ${wish.code} after ${wish.afterSeconds} s`;
  return wish.kind === 'hangs' ? 'init hangs' : 'a sidecar';
}

function tellBehaviour(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case 'runs':
      return behaviour.onTerm === 'obeys'
        ? 'runs on'
        : `runs on and ${behaviour.onTerm === 'ignores' ? 'ignores SIGTERM' : 'exits 0 on SIGTERM'}`;
    case 'exits':
      return `exits ${behaviour.code} after ${behaviour.afterSeconds} s`;
    case 'cannotBePulled':
      return 'its image cannot be pulled';
  }
}
