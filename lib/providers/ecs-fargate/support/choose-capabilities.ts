import type { Container } from '../../../core/kubernetes.ts';
import { fault, judgeItems, type Finding, type Place } from './support-row.ts';

type Capabilities = NonNullable<NonNullable<Container['securityContext']>['capabilities']>;

/** What a container has without asking (the default list of container runtimes). */
const DEFAULT = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/** The one capability that Fargate adds. */
const ADDABLE = 'SYS_PTRACE';

/** All that a container may ask to be added: what it has anyway, and what Fargate gives. */
export const ADDABLE_CAPABILITIES: readonly string[] = [...DEFAULT, ADDABLE];

/**
 * What to tell ECS, in capital letters whatever the pod writes, as runtimes read it. Fargate adds nothing that a container has by
 * default, so `drop: [ALL]` with such an `add` becomes a drop of all the others by name; a capability both added and dropped by name is
 * dropped, as by a runtime. What no container has need not be dropped, and ECS would refuse names that it does not know. Empty when
 * there is nothing to say. Only for names that {@link judgeAdded} passed.
 */
export function chooseCapabilities(given: Capabilities): {
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
} {
  const [add, drop] = [namesOf(given.add), namesOf(given.drop)];
  const added = add.filter((name) => !drop.includes(name));
  const kept = DEFAULT.filter((name) => added.includes(name));
  const dropped = drop.includes('ALL')
    ? kept.length > 0
      ? DEFAULT.filter((name) => !kept.includes(name))
      : ['ALL']
    : drop.filter((name) => DEFAULT.includes(name));
  return {
    ...(added.includes(ADDABLE) ? { add: [ADDABLE] } : {}),
    ...(dropped.length === 0 ? {} : { drop: dropped }),
  };
}

/** Refuses capabilities that Fargate does not give. */
export function judgeAdded(names: readonly string[], place: Place): readonly Finding[] {
  return judgeItems(names, place, (name, { path }) =>
    ADDABLE_CAPABILITIES.includes(name.toUpperCase())
      ? []
      : [fault(path, `Fargate never gives ${name}: take it out, or run this pod on another node.`)],
  );
}

function namesOf(names: readonly string[] = []): readonly string[] {
  return names.map((name) => name.toUpperCase());
}
