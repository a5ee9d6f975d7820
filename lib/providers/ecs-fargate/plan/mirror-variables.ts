import type { ConfigValue } from '../../../core/pod-inputs.ts';
import { fitsLine } from './encode-env-file.ts';
import type { MirroredSecret, PlanContext, PlanProblem } from './plan-types.ts';
import type { SecretVariable } from './split-variables.ts';

/** Secrets Manager keeps 65,536 bytes in one secret. */
const LARGEST_SECRET = 65_536;

/** The name under which Secrets Manager keeps what of a Kubernetes Secret no env file can carry. */
export function variableMirror(
  cluster: string,
  namespace: string,
  { secret }: Pick<SecretVariable, 'secret'>,
): string {
  return `lambdalet/${cluster}/env/${namespace}/${secret}`;
}

/**
 * The mirrors of the Secrets that these variables are taken from, one for each Secret. A mirror holds every value of the
 * Secret that no env file can carry, asked for or not: pods that need different ones then agree about it.
 */
export function mirrorVariables(
  { pod, settings, inputs }: PlanContext,
  variables: readonly SecretVariable[],
): { readonly mirrored: readonly MirroredSecret[]; readonly problems: readonly PlanProblem[] } {
  const mirrored: MirroredSecret[] = [];
  const problems: PlanProblem[] = [];
  for (const secret of new Set(variables.map((variable) => variable.secret))) {
    const reading = inputs?.secrets.get(secret);
    if (reading?.kind !== 'found') continue;
    const needed = new Set(
      variables.flatMap((variable) => (variable.secret === secret ? [variable.key] : [])),
    );
    const value = valueOf(reading.value.data, needed);
    const name = variableMirror(settings.cluster, pod.metadata.namespace, { secret });
    if (Buffer.byteLength(value) <= LARGEST_SECRET) mirrored.push({ name, value });
    else problems.push(tooLarge(secret));
  }
  return { mirrored, problems };
}

/** Only what is asked for, where all of it would be too large. */
function valueOf(data: Readonly<Record<string, ConfigValue>>, needed: ReadonlySet<string>): string {
  const toJson = (isWanted: (key: string, text: string) => boolean): string => {
    const entries = Object.entries(data)
      .flatMap(([key, value]) =>
        value.kind === 'text' && isWanted(key, value.text) ? [[key, value.text] as const] : [],
      )
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return JSON.stringify(Object.fromEntries(entries));
  };
  const all = toJson((key, text) => needed.has(key) || (text !== '' && !fitsLine('NAME', text)));
  return Buffer.byteLength(all) <= LARGEST_SECRET ? all : toJson((key) => needed.has(key));
}

function tooLarge(secret: string): PlanProblem {
  const message = `values of Secret ${secret} that have line breaks take more than ${LARGEST_SECRET} bytes together, which no variable of a task can carry: mount the Secret as a file`;
  return { kind: 'unready', reason: 'CreateContainerConfigError', message, event: 'Failed' };
}
