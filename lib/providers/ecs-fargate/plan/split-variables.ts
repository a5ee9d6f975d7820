import { fitsLine } from './encode-env-file.ts';
import type { ContainerStart, Expanded, PlanProblem, Variables } from './plan-types.ts';

/** A variable that Secrets Manager gives to the container: the key of a Kubernetes Secret. */
export interface SecretVariable {
  readonly name: string;
  readonly secret: string;
  readonly key: string;
}

/** By which way each variable of a container gets there. All in the order of names. */
export interface SplitVariables {
  /** `environment` of the definition. */
  readonly definition: Variables;
  /** `environment` of the override. */
  readonly override: Variables;
  /** Lines of the container's env file; when there is one, there is a file. */
  readonly file: Variables;
  /** `secrets` of the definition. */
  readonly secrets: readonly SecretVariable[];
  readonly problems: readonly PlanProblem[];
}

type Way = 'definition' | 'override' | 'file' | 'secrets' | 'none';

/** The room of one secret in Secrets Manager, in bytes. */
const LARGEST_SECRET = 65_536;
/** A value that takes all of the room that ECS has for overrides never fits. */
const LARGEST_OVERRIDE = 8192;

/**
 * Sends every variable of a container its way. What a line of an env file cannot carry (line breaks, blanks around it, nothing at all)
 * goes with the override when it is no secret, or empty, and through Secrets Manager when it is one key of a Secret; else it is a
 * problem, because nothing else keeps it secret.
 */
export function splitVariables({ name: container, variables }: ContainerStart): SplitVariables {
  const ways = {
    definition: new Map<string, Expanded>(),
    override: new Map<string, Expanded>(),
    file: new Map<string, Expanded>(),
  };
  const secrets: SecretVariable[] = [];
  const problems: PlanProblem[] = [];
  for (const [name, value] of [...variables].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const way = wayOf(name, value);
    if (way === 'none') problems.push(stuck(container, name, value));
    else if (way !== 'secrets') ways[way].set(name, value);
    else if (value.secretKey !== undefined) secrets.push({ name, ...value.secretKey });
  }
  return { ...ways, secrets, problems };
}

/**
 * Moves variables from overrides to env files until at least `excess` characters of the overrides' JSON are saved, or nothing is left to
 * move: all of a container at once, first of those that have a file anyway. `fileCost` is what naming one more file takes of
 * the overrides. In the order given; what a line cannot carry stays.
 */
export function spillToFile(
  splits: readonly SplitVariables[],
  excess: number,
  fileCost: number,
): readonly SplitVariables[] {
  const gains = splits.map((split, index) => {
    const moved = [...split.override].filter(([name, { text }]) => fitsLine(name, text));
    const saved = moved.reduce((sum, pair) => sum + roomOf(pair), 0);
    return { index, moved, gain: saved - (split.file.size > 0 ? 0 : fileCost) };
  });
  const result = [...splits];
  let left = excess;
  for (const { index, moved, gain } of gains.sort(byWorth(splits))) {
    const split = splits[index];
    if (left <= 0 || gain <= 0 || split === undefined) continue;
    left -= gain;
    const names = new Set(moved.map(([name]) => name));
    result[index] = {
      ...split,
      override: new Map([...split.override].filter(([name]) => !names.has(name))),
      file: new Map([...split.file, ...moved].sort(([one], [other]) => (one < other ? -1 : 1))),
    };
  }
  return result;
}

type Gain = { readonly index: number; readonly gain: number };

function byWorth(splits: readonly SplitVariables[]): (one: Gain, other: Gain) => number {
  const hasFile = ({ index }: Gain): number => ((splits[index]?.file.size ?? 0) > 0 ? 0 : 1);
  return (one, other) => hasFile(one) - hasFile(other) || other.gain - one.gain || one.index - other.index;
}

/** The characters of one pair in the overrides, with its comma. */
function roomOf([name, { text }]: readonly [string, Expanded]): number {
  return JSON.stringify({ name, value: text }).length + 1;
}

function wayOf(name: string, { text, carrier, secretKey }: Expanded): Way {
  if (carrier === 'shared') return 'definition';
  if (carrier === 'perPod' || text === '') return 'override';
  if (fitsLine(name, text)) return 'file';
  if (carrier === 'secret')
    return secretKey !== undefined && Buffer.byteLength(text) < LARGEST_SECRET ? 'secrets' : 'none';
  return text.length < LARGEST_OVERRIDE ? 'override' : 'none';
}

function stuck(container: string, name: string, { carrier, secretKey }: Expanded): PlanProblem {
  const what = `variable ${name} of container ${container}`;
  const message =
    carrier !== 'secret'
      ? `${what} is too long for a variable of a task: mount the ConfigMap as a file`
      : secretKey === undefined
        ? `${what} is composed of Secret values with line breaks or blanks around it, which no env file can carry: put the whole text under one key of a Secret, or refer to that key alone`
        : `${what} is too long for a variable of a task: mount Secret ${secretKey.secret} as a file`;
  return { kind: 'unready', reason: 'CreateContainerConfigError', message, event: 'Failed' };
}
