import * as z from 'zod';
import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError, epochSeconds, unknownOperation } from '../aws-model.ts';
import type { AwsModel, IdSource, Place } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';

interface Version {
  readonly id: string;
  readonly value: { readonly SecretString?: string | undefined; readonly SecretBinary?: string | undefined };
  readonly createdAt: Instant;
}

interface Secret {
  readonly arn: string;
  readonly name: string;
  current: Version;
  previous: Version | undefined;
}

const valueSchema = { SecretString: z.string().optional(), SecretBinary: z.string().optional() };
const createSchema = z.object({ Name: z.string(), ...valueSchema });
const putSchema = z.object({ SecretId: z.string(), ...valueSchema });
const getSchema = z.object({
  SecretId: z.string(),
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});

/** Secrets Manager as a pure model: secrets with a current and a previous version, by name or ARN. It plans nothing. */
export function createSecretsManagerModel({
  place,
  ids,
}: {
  readonly place: Place;
  readonly ids: IdSource;
}): AwsModel {
  const secrets = new Map<string, Secret>();
  const find = (id: string): Secret => {
    const secret =
      secrets.get(id) ??
      [...secrets.values()].find(({ arn }) => arn === id || arn.replace(/-[^-]{6}$/, '') === id);
    if (secret !== undefined) return secret;
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  };
  const operations: Readonly<Record<string, (input: unknown, now: Instant) => unknown>> = {
    CreateSecret: (input, now) => {
      const { Name: name, ...value } = parseInput(createSchema, input);
      if (secrets.has(name)) {
        throw new AwsError(
          'ResourceExistsException',
          `The operation failed because the secret ${name} already exists.`,
        );
      }
      const arn = `arn:aws:secretsmanager:${place.region}:${place.account}:secret:${name}-${ids().slice(0, 6)}`;
      const current: Version = { id: ids(), value, createdAt: now };
      secrets.set(name, { arn, name, current, previous: undefined });
      return { ARN: arn, Name: name, VersionId: current.id };
    },
    PutSecretValue: (input, now) => {
      const { SecretId, ...value } = parseInput(putSchema, input);
      const secret = find(SecretId);
      secret.previous = secret.current;
      secret.current = { id: ids(), value, createdAt: now };
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: secret.current.id,
        VersionStages: ['AWSCURRENT'],
      };
    },
    GetSecretValue: (input) => {
      const { SecretId, VersionId, VersionStage } = parseInput(getSchema, input);
      return describeSecret(find(SecretId), VersionId, VersionStage);
    },
  };
  return {
    handle: (name, input, now) => {
      const operation = operations[name];
      if (operation === undefined) throw unknownOperation(name);
      return operation(input, now);
    },
    advance: () => undefined,
    nextDue: () => undefined,
  };
}

function describeSecret(secret: Secret, id: string | undefined, stage = 'AWSCURRENT'): unknown {
  const versions: readonly (readonly [string, Version | undefined])[] = [
    ['AWSCURRENT', secret.current],
    ['AWSPREVIOUS', secret.previous],
  ];
  const wanted = versions.find(([name, version]) => (id === undefined ? name === stage : version?.id === id));
  const [foundStage, found] = wanted ?? ['', undefined];
  if (found === undefined) {
    const what = id === undefined ? `staging label ${stage}` : `VersionId ${id}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${what}`,
    );
  }
  return {
    ...{ ARN: secret.arn, Name: secret.name, VersionId: found.id, VersionStages: [foundStage] },
    CreatedDate: epochSeconds(found.createdAt),
    ...found.value,
  };
}
