import { read, textOf } from '../../local/explain/read-path.ts';
import { absentOn } from '../aws/aws-refusal.ts';
import type { Aws } from '../aws/ask-aws.ts';
import { lookFurther, type Fact } from '../fact.ts';

/** A KMS key. */
export interface Key {
  readonly arn: string;
  /** `Enabled`, `Disabled`, `PendingDeletion`, .. */
  readonly state: string;
}

/** What is known of a secret besides its content. */
export interface SecretShape {
  /** ARN of the customer managed key that it is encrypted with; absent: with the key of AWS. */
  readonly keyArn?: string;
  /** Whether it is marked for deletion. */
  readonly isDeleted: boolean;
}

/** The secret that the functions get into the cluster with. Its text is for parsers only: it is never shown. */
export interface SecretFacts {
  /** `undefined`: there is none. */
  readonly shape: Fact<SecretShape | undefined>;
  readonly text: Fact<string>;
  /** The key that the deployment file names for it; `undefined` where it names none, or there is none. */
  readonly namedKey: Fact<Key | undefined>;
}

const NO_SECRET = ['ResourceNotFoundException'];
const NO_KEY = ['NotFoundException'];

/** Looks at the secret by its name or ARN, and at the key that is said to be its own. */
export async function probeSecret(
  aws: Fact<Aws>,
  secret: string,
  namedKey: string | undefined,
): Promise<SecretFacts> {
  const [shape, text, key] = await Promise.all([
    lookFurther(aws, (known) => shapeOf(known, secret)),
    lookFurther(aws, (known) => textIn(known, secret)),
    lookFurther(aws, (known) =>
      namedKey === undefined ? Promise.resolve(undefined) : keyOf(known, namedKey),
    ),
  ]);
  return { shape, text, namedKey: key };
}

/** A key by its id, ARN or alias; `undefined`: there is none. */
export async function keyOf(aws: Aws, key: string): Promise<Key | undefined> {
  const answer = await absentOn(NO_KEY, aws.ask('kms', 'DescribeKey', { KeyId: key }));
  if (answer === undefined) return undefined;
  const text = (name: string): string => textOf(read(answer, ['KeyMetadata', name]), '');
  return { arn: text('Arn'), state: text('KeyState') };
}

async function shapeOf(aws: Aws, secret: string): Promise<SecretShape | undefined> {
  const answer = await absentOn(NO_SECRET, aws.ask('secretsmanager', 'DescribeSecret', { SecretId: secret }));
  if (answer === undefined) return undefined;
  const key = textOf(answer['KmsKeyId'], '');
  const isDeleted = answer['DeletedDate'] !== undefined;
  // The key of AWS may be named, too; only another one must be opened to the functions.
  if (key === '' || key.endsWith('alias/aws/secretsmanager')) return { isDeleted };
  const arn = key.startsWith('arn:') && key.includes(':key/') ? key : (await keyOf(aws, key))?.arn;
  return { isDeleted, keyArn: arn ?? key };
}

async function textIn(aws: Aws, secret: string): Promise<string> {
  const answer = await aws.ask('secretsmanager', 'GetSecretValue', { SecretId: secret });
  return textOf(answer['SecretString'], '');
}
