import { parseArgs } from 'node:util';

/** What `npm run explain` was asked for. */
export interface ExplainOptions {
  /** Files to read, `-` for standard input. */
  readonly files: readonly string[];
  /** A kubeconfig whose cluster is looked through, read-only. */
  readonly kubeconfig: string | undefined;
  readonly output: 'text' | 'json';
  readonly architecture: 'amd64' | 'arm64';
  readonly region: string;
  /** Whether network probes are run (pod-sync in the VPC of the pods). */
  readonly probes: boolean;
}

/** What to do: explain, or say something and end with that exit code. */
export type ExplainReading =
  | { readonly kind: 'run'; readonly options: ExplainOptions }
  | { readonly kind: 'say'; readonly text: string; readonly exitCode: 0 | 2 };

const USAGE = `usage: npm run explain -- -f FILE [-f FILE ..] [flags]

Says what manifests become on the virtual node: size, price, containers, and every field that is emulated,
ignored or refused. Asks neither AWS nor, without --kubeconfig, any cluster.

  -f, --file FILE      YAML or JSON, several documents, lists; - is standard input; may be repeated
  --kubeconfig FILE    look through the workloads of this cluster, read-only (no Secrets, no ConfigMaps); inline
                       credentials only, else: kubectl get deploy,sts,ds,cj,jobs -A -o yaml | .. -f -
  -o, --output FORMAT  text (default), or json: with the task definitions
  --arch ARCH          architecture of the node: amd64 (default) or arm64
  --region REGION      Region of the list prices; us-east-1 by default
  --no-probes          as if pod-sync were not in the VPC of the pods: network probes are not run
  -h, --help           show this text

It ends with 0 when every workload runs; with 1 when one is refused or invalid, when one depends on what cannot be
told from here, when something could not be read, or when nothing makes pods; with 2 when it cannot be asked so.`;

/** Reads the command line; every mistake is told with the usage. */
export function readExplainOptions(argv: readonly string[]): ExplainReading {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        file: { type: 'string', short: 'f', multiple: true },
        kubeconfig: { type: 'string' },
        output: { type: 'string', short: 'o' },
        arch: { type: 'string' },
        region: { type: 'string' },
        'no-probes': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { kind: 'say', text: USAGE, exitCode: 0 };
    // A shell makes `-f *.yaml` into one flag and many files.
    const files = [...(values.file ?? []), ...positionals];
    if (files.length === 0 && values.kubeconfig === undefined)
      throw new Error('There is nothing to explain: give -f FILE or --kubeconfig FILE');
    return {
      kind: 'run',
      options: {
        files,
        kubeconfig: values.kubeconfig,
        output: oneOf('--output', values.output ?? 'text', ['text', 'json']),
        architecture: oneOf('--arch', values.arch ?? 'amd64', ['amd64', 'arm64']),
        region: regionOf(values.region ?? 'us-east-1'),
        probes: values['no-probes'] !== true,
      },
    };
  } catch (error) {
    const fault = (error instanceof Error ? error.message : String(error)).split('. ')[0] ?? '';
    return { kind: 'say', text: `${fault}.\n\n${USAGE}`, exitCode: 2 };
  }
}

function oneOf<Choice extends string>(flag: string, given: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === given);
  if (choice !== undefined) return choice;
  throw new Error(`${flag} is ${JSON.stringify(given)}, which is not one of ${choices.join(', ')}`);
}

function regionOf(given: string): string {
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(given)) return given;
  throw new Error(`--region is ${JSON.stringify(given)}, which is no Region such as eu-west-1`);
}
