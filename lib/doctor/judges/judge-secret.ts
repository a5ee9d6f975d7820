import { parseKubeconfig } from '../../adapters/kubernetes/parse-kubeconfig.ts';
import { parseTokenSecret } from '../../adapters/kubernetes/parse-token-secret.ts';
import { FailureError } from '../../core/failure.ts';
import type { Instant } from '../../core/kubernetes.ts';
import { doubt, fault, judgeKnown, skipped, verdict, type Finding, type Problem } from '../finding.ts';
import type { SecretFacts, SecretShape } from '../probes/probe-secret.ts';
import type { Subject } from '../subject.ts';
import { endProblems, lifeProblems } from './judge-credential-end.ts';
import { placeProblems } from './judge-server-place.ts';

/** Whether the secret is there, may be read by the functions, and holds what they can use. Shows nothing of its content. */
export function judgeSecret(
  subject: Subject,
  facts: SecretFacts | undefined,
  when: When,
): readonly Finding[] {
  const { identity } = subject.settings;
  if (identity.kind === 'eks' || facts === undefined)
    return skipped('secret', 'identityMode eks has none: a token is signed with the roles of the functions');
  const { secret } = identity;
  return judgeKnown('secret', facts.shape, (shape) => {
    if (shape === undefined)
      return verdict(
        'secret',
        [fault(`${secret} is not there, in this account and Region`, createSecret(subject, secret))],
        '',
      );
    const problems = [
      ...(shape.isDeleted
        ? [
            fault(
              `${secret} is marked for deletion`,
              `aws secretsmanager restore-secret --secret-id ${secret}`,
            ),
          ]
        : []),
      ...keyProblems(subject, shape, facts),
      ...(shape.isDeleted ? [] : textProblems(subject, facts, when)),
    ];
    return verdict('secret', problems, `${secret} holds a ${identity.kind} that can be used`);
  });
}

function createSecret({ settings }: Subject, secret: string): string {
  const what = settings.identity.kind === 'token' ? 'token.json' : 'lambdalet.kubeconfig';
  return `aws secretsmanager create-secret --name ${secret} --secret-string file://${what} (docs/getting-started-kubeconfig.md, "Rights, and the secret")`;
}

/** The functions may decrypt with the key that the file names, and with no other. */
function keyProblems(
  { settings }: Subject,
  { keyArn }: SecretShape,
  { namedKey }: SecretFacts,
): readonly Problem[] {
  const named = settings.secretKeyArn;
  const state = namedKey.kind === 'known' ? namedKey.value?.state : undefined;
  return [
    ...(keyArn !== undefined && named === undefined
      ? [
          fault(
            `the secret is encrypted with ${keyArn}, which the functions may not use`,
            `set secretKeyArn: ${keyArn}`,
          ),
        ]
      : []),
    ...(named !== undefined && keyArn !== named
      ? [
          fault(
            `secretKeyArn is ${named}, and the secret is encrypted with ${keyArn ?? 'the key of AWS'}`,
            keyArn === undefined ? 'leave secretKeyArn out' : `set secretKeyArn: ${keyArn}`,
          ),
        ]
      : []),
    ...(named !== undefined && namedKey.kind === 'unknown' ? [doubt(namedKey.why)] : []),
    ...(named !== undefined && namedKey.kind === 'known' && state !== 'Enabled'
      ? [
          fault(
            `the key ${named} is ${state ?? 'not there'}: nobody can read the secret`,
            `aws kms enable-key --key-id ${named}`,
          ),
        ]
      : []),
  ];
}

/** When something is judged, and whether AWS is an emulator, whose functions are where it is. */
interface When {
  readonly now: Instant;
  readonly isEmulated: boolean;
}

function textProblems(
  { settings }: Subject,
  { text }: SecretFacts,
  { now, isEmulated }: When,
): readonly Problem[] {
  if (text.kind === 'unknown') return [doubt(text.why)];
  try {
    const { access, life } =
      settings.identity.kind === 'token'
        ? parseTokenSecret(text.value)
        : { access: parseKubeconfig(text.value), life: undefined };
    return [
      ...(isEmulated ? [] : placeProblems(access, settings.functionsVpc !== undefined)),
      ...(settings.identity.kind === 'token' ? lifeProblems(life, now) : endProblems(access, now)),
    ];
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const faults = error.message.split('\n- ').slice(1);
    return faults.map((one) =>
      fault(
        `the content cannot be used: ${one}`,
        'put a new version into the secret: it is read again within five minutes',
      ),
    );
  }
}
