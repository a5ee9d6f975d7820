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

/** Every other capability that ECS can name (API reference, KernelCapabilities). No container has these on Fargate. */
const NEVER_GIVEN = [
  'AUDIT_CONTROL',
  'BLOCK_SUSPEND',
  'DAC_READ_SEARCH',
  'IPC_LOCK',
  'IPC_OWNER',
  'LEASE',
  'LINUX_IMMUTABLE',
  'MAC_ADMIN',
  'MAC_OVERRIDE',
  'NET_ADMIN',
  'NET_BROADCAST',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_MODULE',
  'SYS_NICE',
  'SYS_PACCT',
  'SYS_PTRACE',
  'SYS_RAWIO',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'SYSLOG',
  'WAKE_ALARM',
];

/** The one capability that Fargate adds. */
const ADDABLE = 'SYS_PTRACE';

/** All that a container may ask to be added: what it has anyway, and what Fargate gives. */
export const ADDABLE_CAPABILITIES: readonly string[] = [...DEFAULT, ADDABLE];

/**
 * What to tell ECS. Fargate adds nothing that a container has by default, so `drop: [ALL]` with such an `add` becomes a drop
 * of all the others by name; a capability both added and dropped by name is dropped, as by a runtime. Empty when there is nothing to say. Only for names that {@link judgeAdded} and {@link judgeDropped} passed.
 */
export function chooseCapabilities({ add = [], drop = [] }: Capabilities): {
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
} {
  const added = add.filter((name) => !drop.includes(name));
  const kept = DEFAULT.filter((name) => added.includes(name));
  const dropped =
    drop.includes('ALL') && kept.length > 0 ? DEFAULT.filter((name) => !kept.includes(name)) : drop;
  return {
    ...(added.includes(ADDABLE) ? { add: [ADDABLE] } : {}),
    ...(dropped.length === 0 ? {} : { drop: dropped.includes('ALL') ? ['ALL'] : dropped }),
  };
}

/** Refuses capabilities that Fargate does not give. */
export function judgeAdded(names: readonly string[], place: Place): readonly Finding[] {
  return judgeItems(names, place, (name, { path }) =>
    ADDABLE_CAPABILITIES.includes(name)
      ? []
      : [fault(path, `Fargate never gives ${name}: take it out, or run this pod on another node.`)],
  );
}

/** Refuses names that ECS does not know. */
export function judgeDropped(names: readonly string[], place: Place): readonly Finding[] {
  return judgeItems(names, place, (name, { path }) =>
    name === 'ALL' || DEFAULT.includes(name) || NEVER_GIVEN.includes(name)
      ? []
      : [fault(path, `ECS knows no capability ${name}: take it out or drop ALL.`)],
  );
}
