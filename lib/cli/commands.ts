import type { RunCommand } from './define-command.ts';
import { findNearest } from './find-nearest.ts';
import { UsageError } from './usage-error.ts';

/** A command as the list of them knows it: what it needs is loaded when it is run. */
interface ListedCommand {
  readonly summary: string;
  readonly load: () => Promise<RunCommand>;
}

/** All commands but `help`, which tells of them, in the order in which a user meets them. */
export const COMMANDS: ReadonlyMap<string, ListedCommand> = new Map([
  [
    'explain',
    {
      summary: 'what manifests become on a virtual node: size, price, every field that differs',
      load: async () => (await import('../local/explain/run-explain.ts')).run,
    },
  ],
  [
    'cost',
    {
      summary: 'what a deployment costs a month, by calls that are counted',
      load: async () => (await import('../cost/run-cost.ts')).run,
    },
  ],
  [
    'doctor',
    {
      summary:
        'whether account, network, cluster and deployment are as the deployment file needs them; read-only',
      load: async () => (await import('../doctor/run-doctor.ts')).run,
    },
  ],
  [
    'why',
    {
      summary: 'why a pod is as it is: what it waits for, what failed, what comes next; read-only',
      load: async () => (await import('../why/run-why.ts')).run,
    },
  ],
  [
    'history',
    {
      summary: 'every transition of a pod with its time and cause, also when it is gone; read-only',
      load: async () => (await import('../history/run-history.ts')).run,
    },
  ],
  [
    'bootstrap',
    {
      summary: 'the YAML of the rights that a cluster must give, for kubectl apply',
      load: async () => (await import('./bootstrap.ts')).run,
    },
  ],
  [
    'logs',
    {
      summary: 'the log of a container of a pod, as kubectl logs shows it, straight from CloudWatch Logs',
      load: async () => (await import('./logs/run-logs.ts')).run,
    },
  ],
  [
    'demo',
    {
      summary: 'the life of five pods on this machine, told and checked',
      load: async () => (await import('../local/run-demo.ts')).run,
    },
  ],
  [
    'local',
    {
      summary: 'a cluster with a virtual node on this machine, or a node in a cluster of yours, without AWS',
      load: async () => (await import('../local/run-local.ts')).run,
    },
  ],
  [
    'version',
    { summary: 'the version of this package', load: async () => (await import('./version.ts')).run },
  ],
]);

/**
 * The command of a name.
 * @throws UsageError that names the nearest, or all
 */
export async function loadCommand(name: string): Promise<RunCommand> {
  const listed = COMMANDS.get(name);
  if (listed !== undefined) return listed.load();
  const names = [...COMMANDS.keys(), 'help'];
  const nearest = findNearest(name, names);
  const wayOut = nearest === undefined ? `known are ${names.join(', ')}` : `did you mean ${nearest}?`;
  throw new UsageError([`unknown command ${JSON.stringify(name)}: ${wayOut}`]);
}
