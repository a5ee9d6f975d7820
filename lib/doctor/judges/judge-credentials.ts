import type { Aws } from '../aws/ask-aws.ts';
import { unknown, type Fact } from '../fact.ts';
import { fault, judgeKnown, verdict, type Finding, type Problem } from '../finding.ts';
import type { Caller } from '../probes/probe-account.ts';
import type { Subject } from '../subject.ts';

/** Codes of AWS, and our own, for credentials that there are not, or not any more. */
const USELESS = new Set([
  'NoCredentials',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

/** Whether there are credentials, and whether they are of the account that the file names; and in which Region they are used. */
export function judgeCredentials(
  { settings, account }: Subject,
  aws: Fact<Aws>,
  caller: Fact<Caller>,
): readonly Finding[] {
  const check = 'aws-credentials';
  if (aws.kind === 'unknown')
    return verdict(
      check,
      [fault(aws.why, 'put region into the deployment file, or export AWS_REGION=..')],
      '',
    );
  if (caller.kind === 'unknown' && USELESS.has(caller.code ?? ''))
    return verdict(
      check,
      [fault(caller.why, 'aws sso login, or export AWS_PROFILE=..; try: aws sts get-caller-identity')],
      '',
    );
  const { region } = aws.value;
  return judgeKnown(check, caller, ({ arn, account: own }) => {
    const elsewhere = account !== undefined && account !== own;
    const problems = [
      ...(elsewhere
        ? [
            fault(
              `they are of account ${own} (${arn}), and the file says ${account}`,
              'export AWS_PROFILE=.. of that account, or correct account in the deployment file',
            ),
          ]
        : []),
      ...foreignArns(settings, region),
    ];
    return verdict(check, problems, `${arn} in ${region}`);
  });
}

/** ARNs in the file that name another Region than the one where it will be deployed. */
function foreignArns(settings: Subject['settings'], here: string): readonly Problem[] {
  const { identity, secretKeyArn, encryptionKeyArn, alarmTopicArn } = settings;
  const secret = identity.kind === 'eks' ? undefined : identity.secret;
  const named = { secret, secretKeyArn, encryptionKeyArn, alarmTopicArn };
  return Object.entries(named).flatMap(([key, arn = '']) => {
    const [, , , region = ''] = arn.split(':');
    if (!arn.startsWith('arn:') || region === here) return [];
    return [
      fault(
        `${key} is in ${region}, and the stacks will be in ${here}`,
        `name one in ${here}, or set region: ${region} in the deployment file`,
      ),
    ];
  });
}

/** What the answers of AWS are worth: nothing, where they are of another account. */
export function trustAws({ account }: Subject, aws: Fact<Aws>, caller: Fact<Caller>): Fact<Aws> {
  if (caller.kind === 'unknown') return caller;
  if (account === undefined || account === caller.value.account) return aws;
  return unknown(`the credentials are of account ${caller.value.account}, not of ${account}`);
}
